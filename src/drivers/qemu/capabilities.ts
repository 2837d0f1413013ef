import { join } from 'node:path';
import { openProblem, readText, stat, writeAtomic } from '../../host/files.ts';
import { findProgram } from '../../host/find-program.ts';
import type { HostPaths } from '../../host/paths.ts';
import { processor } from '../../host/processor.ts';
import type { CpuFacts, DomainCapabilities } from '../../model/domain-capabilities.ts';
import { Failure } from '../../model/failure.ts';
import { askEmulator } from './ask-emulator.ts';
import { firmwareImages } from './firmware-images.ts';

interface Probed {
  readonly identity: string;
  readonly capabilities: Omit<DomainCapabilities, 'kvm' | 'firmware'>;
}

/** What QEMU binaries can do here, asked once per binary and host: the file by path, inode, size and time, the processor, KVM. */
export class CapabilityProbe {
  readonly #paths: HostPaths;
  readonly #known = new Map<string, Promise<DomainCapabilities>>();
  #probes = 0;

  constructor(paths: HostPaths) {
    this.#paths = paths;
  }

  of(emulator: string): Promise<DomainCapabilities> {
    const known = this.#known.get(emulator);
    if (known) return known;
    const probing = this.#probe(emulator);
    this.#known.set(emulator, probing);
    // Looked at anew after a while: an upgrade of QEMU, a kvm module loaded.
    const forget = () => this.#known.delete(emulator);
    probing.then(() => setTimeout(forget, 60_000).unref(), forget);
    return probing;
  }

  async #probe(emulator: string): Promise<DomainCapabilities> {
    const binary = await findProgram(emulator);
    const facts = binary === undefined ? undefined : await stat(binary);
    if (binary === undefined || !facts) {
      throw new Failure('qemu-not-found', `${emulator} is not installed`, {
        retry: { after: 60_000 },
        suggestion: 'apt-get install qemu-system-x86',
      });
    }
    const problem = await openProblem('/dev/kvm');
    const usable = problem === undefined;
    const { identity: host } = await processor();
    const identity = [binary, facts.dev, facts.ino, facts.size, facts.mtimeMs, usable, host].join(':');
    const cache = join(this.#paths.stateDir, 'capabilities', `${binary.replaceAll('/', '_')}.json`);
    const cached = await readCache(cache);
    const capabilities =
      cached?.identity === identity ? cached.capabilities : await this.#ask(binary, usable);
    if (cached?.identity !== identity) {
      await writeAtomic(cache, JSON.stringify({ identity, capabilities })).catch(() => undefined);
    }
    return {
      ...capabilities,
      kvm: problem === undefined ? { usable: true } : { usable: false, reason: problem },
      firmware: await firmwareImages(),
    };
  }

  async #ask(binary: string, kvm: boolean): Promise<Probed['capabilities']> {
    const { flags } = await processor();
    const probe = (accel: 'kvm' | 'tcg') => askEmulator(binary, accel, this.#socket());
    const [tcg, byKvm] = await Promise.all([
      probe('tcg'),
      kvm ? probe('kvm').catch(() => undefined) : undefined,
    ]);
    const { cpus, ...capabilities } = tcg;
    const silicon = (facts: CpuFacts) => ({ ...facts, host: { ...facts.host, silicon: flags } });
    return {
      emulator: binary,
      ...capabilities,
      cpus: { ...(cpus ? { tcg: cpus } : {}), ...(byKvm?.cpus ? { kvm: silicon(byKvm.cpus) } : {}) },
    };
  }

  /** Ours alone: other commands may be asking at the same time. */
  #socket(): string {
    return join(this.#paths.runDir, `probe${process.pid}-${this.#probes++}.sock`);
  }
}

async function readCache(path: string): Promise<Probed | undefined> {
  try {
    return JSON.parse(await readText(path)) as Probed;
  } catch {
    return undefined;
  }
}
