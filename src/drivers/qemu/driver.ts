import { join } from 'node:path';
import { readText, tailFile } from '../../host/files.ts';
import { bootId, findAllQemu, identify, isAlive } from '../../host/process-identity.ts';
import { diff } from '../../kinds/diff.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain, ShutdownReason, StopRecord } from '../../model/domain-live.ts';
import { Failure, toFailure } from '../../model/failure.ts';
import { keyText, type ResourceKey } from '../../model/resource.ts';
import type { QmpEvent } from '../../qmp/events.ts';
import type { Driver, DriverEvent } from '../contract.ts';
import { socketPath } from './command-line/chardev.ts';
import { defaultEmulator } from './command-line.ts';
import type { QemuDeps } from './deps.ts';
import { recall, remember } from './memory.ts';
import { domainState, isPossible, stopReasonOf, troubleOf } from './run-states.ts';
import { Session } from './session.ts';
import { commandLineOf, configureAndRun, isBeforeFirstInstruction, logFile, startDomain } from './start.ts';
import { cleanUp, endProcess, shutdownGuest } from './stop.ts';

type Key = ResourceKey<'Domain'>;

/** Events worth waking the loop for; floods of others cost nothing. */
const waking = new Set([
  'SHUTDOWN',
  'STOP',
  'RESUME',
  'RESET',
  'GUEST_PANICKED',
  'WATCHDOG',
  'BLOCK_IO_ERROR',
  'SUSPEND',
  'WAKEUP',
  'POWERDOWN',
]);

/** A reset that QEMU was told to end at (QMP set-action): the guest's own, or a person's. */
const resets: ReadonlySet<ShutdownReason> = new Set(['guest-reset', 'host-qmp-system-reset']);

/** Domains as QEMU processes that outlive us. */
export class QemuDriver implements Driver<'Domain'> {
  readonly name = 'qemu';
  readonly kind = 'Domain';
  readonly #deps: QemuDeps;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(event: DriverEvent) => void>();
  readonly #burying = new Map<string, Promise<void>>();
  #boot = '';
  #closed = false;

  constructor(deps: QemuDeps) {
    this.#deps = deps;
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#boot = await bootId();
    const orphans = this.#deps.runRecords.load();
    await Promise.all([...this.#deps.runRecords.all()].map((record) => this.#adopt(record, signal)));
    if (orphans.length > 0) await this.#rebuild(orphans, signal);
    await this.#finishJournal();
  }

  list(): Promise<readonly Key[]> {
    const names = new Set([
      ...this.#deps.store.keys('Domain').map(({ name }) => name),
      ...this.#sessions.keys(),
    ]);
    return Promise.resolve([...names].map((name) => ({ kind: 'Domain', name })));
  }

  capabilities(def: DomainDef) {
    return this.#deps.capabilities.of(def.spec.emulator ?? defaultEmulator);
  }

  async observe(key: Key, signal: AbortSignal): Promise<LiveDomain | undefined> {
    const session = this.#sessions.get(key.name);
    const record = this.#deps.store.get(key);
    if (!session) return record ? this.#idle(key, record.def) : undefined;
    try {
      const before = session.lastRunState;
      const runState = await session.runState(signal);
      if (before && !isPossible(before, runState))
        this.#warn(key, 'ImpossibleTransition', `${before} → ${runState}`);
      const state = domainState(runState);
      const reason = session.shutdownReason ?? stopReasonOf(runState);
      const stopped = state === 'in shutdown' || state === 'crashed';
      const trouble = troubleOf(runState);
      return {
        ...this.#idle(key, record?.def),
        uuid: session.record.uuid,
        state,
        runState,
        pid: session.record.identity.pid,
        running: session.record.running,
        ...(stopped && reason ? { lastStop: this.#stopOf(session, reason, false) } : {}),
        ...(this.#deps.resident ? { catchesReboot: session.record.catchesReboot ?? false } : {}),
        ...(trouble ? { degraded: trouble } : {}),
      };
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#unreachable(session, key, toFailure(error), signal);
    }
  }

  async perform(key: Key, action: DomainAction, signal: AbortSignal): Promise<void> {
    const session = this.#sessions.get(key.name);
    switch (action.type) {
      case 'define':
        return this.#redefine(session, action.def);
      case 'start':
        return this.#start(key, action, signal);
      case 'shutdown':
        return session && this.#shutdown(session, action, signal);
      case 'destroy':
      case 'reap':
        return session && this.#end(session, action.type);
      case 'suspend':
        await session?.monitor?.execute('stop', undefined, { signal });
        return session?.doubt();
      case 'resume':
        await session?.monitor?.execute('cont', undefined, { signal });
        return session?.doubt();
      case 'catch-reboot':
        return session && this.#catchReboot(session, action.catch, signal);
      case 'reset':
        if (!session) throw new Failure('domain-not-running', `${key.name} does not run`, { retry: 'never' });
        await session.monitor?.execute('system_reset', undefined, { signal });
        return;
      case 'undefine':
        if (session && !action.keepRunning) await this.#end(session, 'destroy');
        if (session && action.keepRunning) this.#sessions.delete(key.name);
    }
  }

  events(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions.values()].map((session) => this.#leave(session)));
  }

  /** Nobody would start it again after a reboot of its guest: that is a plain reset while we are away. */
  async #leave(session: Session): Promise<void> {
    if (session.record.catchesReboot && this.#deps.resident)
      await this.#catchReboot(session, false, AbortSignal.timeout(1_000)).catch(() => undefined);
    session.monitor?.close();
  }

  readonly queries = {
    console: (name: string) => this.#console(name),
    logs: (name: string) => {
      const serials = this.#deps.store.get({ kind: 'Domain', name })?.def.spec.devices?.serials ?? [];
      const files = serials.flatMap(({ type, path, logFile: log }) =>
        type === 'file' && path ? [path] : log ? [log] : [],
      );
      return [logFile(this.#deps, name), ...files];
    },
  };

  async #console(name: string): Promise<string> {
    const session = this.#sessions.get(name);
    if (!session)
      throw new Failure('domain-not-running', `${name} does not run`, {
        retry: 'never',
        suggestion: `qonverge start ${name}`,
      });
    const { serials = [], consoles = [] } = session.record.running.spec.devices ?? {};
    const device = serials[0] ?? consoles[0];
    if (!device)
      throw new Failure('not-supported', `${name} has no serial port`, {
        retry: 'never',
        suggestion: 'add `serials: [{type: pty}]` to its spec',
      });
    if (device.type === 'unix') return device.path ?? socketPath(session.directory, device.alias ?? '');
    const monitor = await session.connect(3_000);
    const chardevs = await monitor.execute<{ label: string; filename: string }[]>('query-chardev');
    const file = chardevs.find(({ label }) => label === `char${device.alias}`)?.filename ?? '';
    if (file.startsWith('pty:')) return file.slice(4);
    throw new Failure('not-supported', `the serial port of ${name} is of type ${device.type}`, {
      retry: 'never',
      suggestion: 'pty and unix can be talked to; `qonverge logs` shows a file',
    });
  }

  #idle(key: Key, defined: DomainDef | undefined): LiveDomain {
    const { starts = 0, lastStop, intent, autostartedBoot } = recall(this.#deps.store, key);
    return {
      name: key.name,
      uuid: defined?.spec.uuid ?? '',
      state: 'shutoff',
      starts,
      bootId: this.#boot,
      ...(defined ? { defined } : {}),
      ...(lastStop ? { lastStop } : {}),
      ...(intent ? { intent } : {}),
      ...(autostartedBoot === undefined ? {} : { autostartedBoot }),
    };
  }

  async #start(
    key: Key,
    action: Extract<DomainAction, { type: 'start' }>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#burying.get(key.name);
    const present = this.#sessions.get(key.name);
    if (present) {
      const state = await present.runState(signal);
      if (!isBeforeFirstInstruction(state) || action.paused) return;
      const line = commandLineOf(present.record.running, this.#deps, present.directory);
      await configureAndRun(present, line, { signal });
      return this.#rememberStart(key, action);
    }
    const started = startDomain(action.def, this.#deps, {
      signal,
      bootId: this.#boot,
      ...(action.paused ? { paused: true } : {}),
      onEvent: (session, event) => this.#heard(session, event),
    });
    let session: Session;
    try {
      session = await started;
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'qemu-start-failed') {
        await remember(this.#deps.store, key, (memory) => ({
          ...memory,
          lastStop: {
            ...this.#stop('start-failed', false, failure.message),
            ...(memory.lastStop?.rebooting ? { rebooting: true } : {}),
          },
        }));
      }
      throw error;
    }
    this.#watch(session);
    await this.#rememberStart(key, action);
    await this.#deps.journal.end(key);
    this.#tell(key, 'started');
  }

  #rememberStart(key: Key, { autostart }: { readonly autostart?: boolean }): Promise<void> {
    return remember(
      this.#deps.store,
      key,
      ({ starts = 0, lastStop: _, stopping: __, intent, ...memory }) => ({
        ...memory,
        starts: starts + 1,
        ...(intent ? { intent: withoutRestart(intent) } : {}),
        ...(autostart ? { autostartedBoot: this.#boot } : {}),
      }),
    );
  }

  async #shutdown(
    session: Session,
    action: Extract<DomainAction, { type: 'shutdown' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { key } = session.record;
    const { stopping } = recall(this.#deps.store, key);
    const now = this.#deps.clock.now();
    const elapsed =
      stopping && stopping.bootId === this.#boot
        ? Math.max(0, now.getTime() - Date.parse(stopping.since))
        : 0;
    if (!stopping || stopping.bootId !== this.#boot) {
      await remember(this.#deps.store, key, (memory) => ({
        ...memory,
        stopping: { since: now.toISOString(), bootId: this.#boot, action: action.type },
      }));
    }
    await shutdownGuest(session, this.#deps, { ...action, elapsed, signal });
    await this.#end(session, 'shutdown');
  }

  /** Ends a QEMU and clears it away, remembering why. */
  async #end(session: Session, operation: string): Promise<void> {
    const { key } = session.record;
    const runState = session.lastRunState;
    const byGuest = operation === 'reap';
    // Before we end the process: QEMU's own farewell names us as the cause.
    const reason = byGuest
      ? (session.shutdownReason ?? (runState ? stopReasonOf(runState) : undefined) ?? 'guest-shutdown')
      : 'host-qmp-quit';
    await this.#deps.journal.write({
      key,
      operation: 'stop',
      step: operation,
      bootId: this.#boot,
      startedAt: this.#deps.clock.now().toISOString(),
    });
    await endProcess(session, this.#deps);
    await this.#bury(session, this.#stopOf(session, reason, !byGuest));
  }

  #bury(session: Session, stop: StopRecord): Promise<void> {
    const { key } = session.record;
    const known = this.#burying.get(key.name);
    if (known) return known;
    const work = (async () => {
      await cleanUp(session, this.#deps);
      this.#sessions.delete(key.name);
      await remember(this.#deps.store, key, ({ stopping: _, ...memory }) => ({ ...memory, lastStop: stop }));
      this.#tell(key, 'stopped', stop.reason);
    })().finally(() => this.#burying.delete(key.name));
    this.#burying.set(key.name, work);
    return work;
  }

  /** On record while it is on, whatever happens between: adoption sets it again. */
  async #catchReboot(session: Session, on: boolean, signal?: AbortSignal): Promise<void> {
    const { catchesReboot: _, ...record } = session.record;
    const write = async () => {
      session.record = on ? { ...record, catchesReboot: true } : record;
      await this.#deps.runRecords.put(session.record);
    };
    if (on) await write();
    const monitor = await session.connect(3_000, signal);
    await monitor.execute('set-action', { reboot: on ? 'shutdown' : 'reset' }, signal ? { signal } : {});
    if (!on) await write();
  }

  async #redefine(session: Session | undefined, def: DomainDef): Promise<void> {
    if (!session) return;
    // What does nothing to the guest takes effect by being written down.
    const changes = diff(session.record.running, def);
    if (changes.length === 0 || changes.some(({ path }) => this.#deps.kinds.Domain.impact(path) !== 'none'))
      return;
    session.record = { ...session.record, running: def };
    await this.#deps.runRecords.put(session.record);
  }

  /** No answer: dead, or alive and mute. Only proof decides. */
  async #unreachable(
    session: Session,
    key: Key,
    failure: Failure,
    signal: AbortSignal,
  ): Promise<LiveDomain | undefined> {
    const { identity, uuid } = session.record;
    const liveness = await isAlive(identity, uuid);
    if (liveness === 'dead') {
      await this.#died(session);
      return this.observe(key, signal);
    }
    const why =
      liveness === 'unknown' ? 'it cannot be told whether it lives' : `${failure.code}: ${failure.message}`;
    return {
      ...this.#idle(key, this.#deps.store.get(key)?.def),
      uuid,
      state: 'unknown',
      pid: identity.pid,
      running: session.record.running,
      confusion: `process ${identity.pid} does not answer (${why}); nothing is touched`,
    };
  }

  async #died(session: Session): Promise<void> {
    const reboot = session.record.identity.bootId !== this.#boot;
    const reason: ShutdownReason = reboot ? 'host-reboot' : (session.shutdownReason ?? 'process-died');
    const tail = (await tailFile(logFile(this.#deps, session.record.key.name), 1024)).trim();
    await this.#bury(
      session,
      this.#stopOf(session, reason, session.endedByUs, reason === 'process-died' ? tail : undefined),
    );
  }

  #watch(session: Session): void {
    const { key } = session.record;
    this.#sessions.set(key.name, session);
    session.monitor?.closed.then(async () => {
      if (this.#closed || session.endedByUs) return;
      // The connection breaks a moment before the process is gone.
      for (let tries = 0; tries < 40 && (await isAlive(session.record.identity)) === 'alive'; tries++)
        await this.#deps.clock.sleep(25);
      if ((await isAlive(session.record.identity)) === 'dead')
        await this.#died(session).catch((error) =>
          this.#warn(key, 'CleanUpFailed', toFailure(error).message),
        );
      else this.#tell(key, 'monitor-lost');
    });
  }

  #heard(session: Session, { event, data, count }: QmpEvent): void {
    if (!waking.has(event)) return;
    const { key, running } = session.record;
    if (
      event === 'SHUTDOWN' ||
      event === 'GUEST_PANICKED' ||
      event === 'BLOCK_IO_ERROR' ||
      event === 'WATCHDOG'
    ) {
      const reason = typeof data['reason'] === 'string' ? ` (${data['reason']})` : '';
      this.#deps.events.append({
        key: keyText(key),
        type: event === 'SHUTDOWN' ? 'Normal' : 'Warning',
        reason: event,
        message: `${event}${reason}${count > 1 ? ` ×${count}` : ''}`,
      });
    }
    // libvirt's on_reboot destroy: a reset that the guest asked for is its end.
    if (event === 'RESET' && data['guest'] === true && running.spec.onReboot === 'destroy') {
      session.shutdownReason = 'guest-reset';
      this.#end(session, 'reap').catch((error) => this.#warn(key, 'DestroyFailed', toFailure(error).message));
      return;
    }
    this.#tell(key, event);
  }

  #stopOf(session: Session, reason: ShutdownReason, byUs: boolean, detail?: string): StopRecord {
    // Unheard, a power-off and a reboot look the same: the guest was told that it may reboot, so it goes on.
    const reset = resets.has(reason) || (session.shutdownReason === undefined && reason === 'guest-shutdown');
    const rebooting = session.record.catchesReboot === true && reset;
    return { ...this.#stop(reason, byUs, detail), ...(rebooting ? { rebooting } : {}) };
  }

  #stop(reason: ShutdownReason, byUs: boolean, detail?: string): StopRecord {
    return {
      reason,
      byUs,
      at: this.#deps.clock.now().toISOString(),
      bootId: this.#boot,
      ...(detail ? { detail } : {}),
    };
  }

  #tell(key: Key, event: string, detail?: string): void {
    for (const listener of this.#listeners)
      listener({ key, event, ...(detail === undefined ? {} : { detail }) });
  }

  #warn(key: Key, reason: string, message: string): void {
    this.#deps.log.warn(reason, { key: keyText(key), message });
    this.#deps.events.append({ key: keyText(key), type: 'Warning', reason, message });
  }

  /** Takes up a QEMU of an earlier life. One that hangs delays nobody: it is looked at again by `observe`. */
  async #adopt(record: Session['record'], signal: AbortSignal): Promise<void> {
    const session = new Session(record, this.#deps.runRecords.directory(record.key), (event) =>
      this.#heard(session, event),
    );
    this.#sessions.set(record.key.name, session);
    if ((await isAlive(record.identity, record.uuid)) === 'dead') {
      await this.#died(session).catch((error) =>
        this.#warn(record.key, 'CleanUpFailed', toFailure(error).message),
      );
      return;
    }
    try {
      await session.connect(2_000, signal);
      if (record.catchesReboot && this.#deps.resident) await this.#catchReboot(session, true, signal);
      this.#watch(session);
    } catch (error) {
      this.#warn(record.key, 'AdoptionDelayed', toFailure(error).message);
    }
  }

  /** Run directories without a readable record: if their QEMU lives, the record is made anew from what it says. */
  async #rebuild(directories: readonly string[], signal: AbortSignal): Promise<void> {
    const running = await findAllQemu();
    for (const directory of directories) {
      const qemu = running.find(({ argv }) => argv.includes(join(directory, 'qemu.pid')));
      if (!qemu) continue;
      const name = await this.#nameOf(qemu.uuid);
      const identity = await identify(qemu.pid);
      const def = name === undefined ? undefined : this.#deps.store.get({ kind: 'Domain', name })?.def;
      if (name === undefined || !identity || !def) {
        this.#deps.log.warn('a QEMU of ours without a record', { pid: qemu.pid, directory });
        continue;
      }
      const record = {
        key: { kind: 'Domain', name } as const,
        uuid: qemu.uuid,
        identity,
        running: def,
        startedAt: this.#deps.clock.now().toISOString(),
        emulator: identity.exe,
        helpers: await this.#helpersIn(directory),
        taps: [],
      };
      await this.#deps.runRecords.put(record);
      await this.#adopt(record, signal);
    }
  }

  async #nameOf(uuid: string): Promise<string | undefined> {
    return this.#deps.store.keys('Domain').find((key) => this.#deps.store.get(key)?.def.spec.uuid === uuid)
      ?.name;
  }

  /** swtpm's own pid is not recorded by it; it ends with its connection. */
  async #helpersIn(directory: string) {
    const text = await readText(join(directory, 'swtpm.pid')).catch(() => '');
    const identity = text ? await identify(Number(text.trim())) : undefined;
    return identity ? [identity] : [];
  }

  /** What a crash of ours cut off: a start is carried on by the loop, a stop is carried to its end. */
  async #finishJournal(): Promise<void> {
    for (const entry of this.#deps.journal.open()) {
      if (entry.key.kind !== 'Domain') continue;
      const key = entry.key as Key;
      const session = this.#sessions.get(key.name);
      try {
        if (entry.operation === 'stop' && session) await this.#end(session, entry.step);
        else if (entry.operation === 'start' && session?.monitor) {
          const state = await session.runState();
          if (isBeforeFirstInstruction(state)) {
            const line = commandLineOf(session.record.running, this.#deps, session.directory);
            await configureAndRun(session, line, { signal: AbortSignal.timeout(10_000) });
          }
          await this.#rememberStart(key, {});
          await this.#deps.journal.end(key);
        } else if (!session) await this.#deps.journal.end(key);
      } catch (error) {
        this.#warn(key, 'RecoveryDelayed', toFailure(error).message);
      }
    }
  }
}

function withoutRestart<T extends { readonly restart?: boolean }>({
  restart: _,
  ...intent
}: T): Omit<T, 'restart'> {
  return intent;
}
