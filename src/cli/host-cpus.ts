import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapabilityProbe } from '../drivers/qemu/capabilities.ts';
import { defaultEmulator } from '../drivers/qemu/command-line.ts';
import { baselineCapabilities } from '../kinds/domain/baseline-capabilities.ts';
import type { DomainSpec } from '../model/domain.ts';
import type { DomainCapabilities } from '../model/domain-capabilities.ts';

type Cpus = DomainCapabilities['cpus'];

const asked = new Map<string, Promise<Cpus>>();

/**
 * What QEMU on this host says of its CPUs, for a spec whose CPU means something only on a host. Where none can be asked:
 * what is the same on every host. Leaves nothing behind.
 */
export function hostCpus({ cpu, emulator = defaultEmulator }: DomainSpec): Promise<Cpus> {
  if (cpu?.mode !== 'host-model' && cpu?.model === undefined)
    return Promise.resolve(baselineCapabilities.cpus);
  const asking = asked.get(emulator) ?? ask(emulator);
  asked.set(emulator, asking);
  return asking;
}

async function ask(emulator: string): Promise<Cpus> {
  const directory = await mkdtemp(join(tmpdir(), 'qonverge-'));
  // A QEMU is detached: waiting for it alone would not keep this process up.
  const awake = setInterval(() => undefined, 60_000);
  try {
    const probe = new CapabilityProbe({ stateDir: directory, runDir: directory, logDir: directory });
    return (await probe.of(emulator)).cpus;
  } catch {
    return baselineCapabilities.cpus;
  } finally {
    clearInterval(awake);
    await rm(directory, { recursive: true, force: true });
  }
}
