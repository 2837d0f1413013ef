import { bootId } from '../../host/process-identity.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { Probe, ProbeAnswer } from '../../model/probe.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { Driver, DriverEvent, ImageUsers } from '../contract.ts';
import { adoptAll } from './adopt.ts';
import { catchReboot } from './catch-reboot.ts';
import { checkRoom } from './checkpoint.ts';
import { defaultEmulator } from './command-line.ts';
import { consoleOf } from './console.ts';
import type { QemuDeps } from './deps.ts';
import { Domains } from './domains.ts';
import { imageUsers } from './image-users.ts';
import { logFile } from './log-file.ts';
import { observeDomain } from './observe.ts';
import { performAction } from './perform.ts';
import { checkHost } from './prepare.ts';
import { runProbe } from './probe/run-probe.ts';
import { renameDomain } from './rename.ts';

type Key = ResourceKey<'Domain'>;

/** Domains as QEMU processes that outlive us. */
export class QemuDriver implements Driver<'Domain'> {
  readonly name = 'qemu';
  readonly kind = 'Domain';
  readonly imageUsers: ImageUsers;
  readonly #deps: QemuDeps;
  readonly #domains: Domains;

  constructor(deps: QemuDeps) {
    this.#deps = deps;
    this.#domains = new Domains(deps);
    this.imageUsers = imageUsers(this.#domains);
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#domains.bootId = await bootId();
    await adoptAll(this.#domains, signal);
  }

  list(): Promise<readonly Key[]> {
    const defined = this.#deps.store.keys('Domain').map(({ name }) => name);
    const names = new Set([...defined, ...this.#domains.names()]);
    return Promise.resolve([...names].map((name) => ({ kind: 'Domain', name })));
  }

  capabilities(def: DomainDef | undefined) {
    return this.#deps.capabilities.of(def?.spec.emulator ?? defaultEmulator);
  }

  observe(key: Key, signal: AbortSignal): Promise<LiveDomain | undefined> {
    return observeDomain(key, this.#domains, signal);
  }

  perform(key: Key, action: DomainAction, signal: AbortSignal): Promise<void> {
    return performAction(key, action, this.#domains, signal);
  }

  async foresee(def: DomainDef, prepare?: DomainAction): Promise<void> {
    await checkHost(def, this.#deps);
    if (prepare?.type === 'checkpoint') await checkRoom(def, this.#deps);
  }

  rename(from: Key, to: Key): Promise<void> {
    return renameDomain(from, to, this.#domains);
  }

  async probe(key: Key, probe: Probe, signal: AbortSignal): Promise<ProbeAnswer> {
    const session = this.#domains.get(key.name);
    return session ? runProbe(session, probe, signal) : { ok: false, message: 'it does not run' };
  }

  events(listener: (event: DriverEvent) => void): () => void {
    return this.#domains.subscribe(listener);
  }

  async close(): Promise<void> {
    const sessions = this.#domains.close();
    await Promise.all(
      sessions.map(async (session) => {
        // Nobody would start it again after a reboot of its guest: that is a plain reset while we are away.
        if (session.record.catchesReboot && this.#deps.resident)
          await catchReboot(session, false, this.#deps, AbortSignal.timeout(1_000)).catch(() => undefined);
        session.monitor?.close();
      }),
    );
  }

  readonly queries = {
    console: (name: string) => consoleOf(name, this.#domains.get(name)),
    logs: (name: string) => {
      const serials = this.#deps.store.get({ kind: 'Domain', name })?.def.spec.devices?.serials ?? [];
      const files = serials.flatMap(({ type, path, logFile: log }) =>
        type === 'file' && path ? [path] : log ? [log] : [],
      );
      return [logFile(this.#deps, name), ...files];
    },
  };
}
