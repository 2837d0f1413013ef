import { join } from 'node:path';
import { exists } from '../../host/files.ts';
import { type ProcessIdentity, proveDead } from '../../host/process-identity.ts';
import { signalProcess } from '../../host/processes.ts';
import { cpuProblem } from '../../kinds/domain/cpu/cpu-problem.ts';
import { firmwareProblem } from '../../kinds/domain/firmware-problem.ts';
import type { DomainDef, Sysinfo } from '../../model/domain.ts';
import type { DomainCapabilities } from '../../model/domain-capabilities.ts';
import type { Disk } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';
import type { CommandLineContext } from './command-line/context.ts';
import { defaultEmulator } from './command-line.ts';
import type { QemuDeps } from './deps.ts';
import { vsockCid } from './devices/vsock.ts';
import { startHelpers } from './helpers.ts';
import { checkHostDevices, type ScsiGenerics } from './host-devices.ts';
import { hostSmbios } from './host-smbios.ts';
import { type Hugepages, hugepagesOf } from './hugepages.ts';
import { checkImages, checkVariables } from './images.ts';
import { macvtapFds } from './macvtaps.ts';
import { makeNvram, nvramPath } from './nvram.ts';
import { displayPorts } from './ports.ts';
import { currentTime } from './render-context.ts';
import { checkSecrets, secretFile } from './secrets.ts';
import { makeTaps, removeTaps, tapName } from './taps.ts';
import { makeTransientImages, transientImage } from './transient-images.ts';
import { checkTuning } from './tuning/check-tuning.ts';

/** What a start found on this host, before it has touched anything. */
export interface Findings {
  readonly ports: readonly number[];
  readonly hugepages: Hugepages;
  readonly vhostNet: boolean;
  readonly scsiGenerics: ScsiGenerics;
  readonly cpus: DomainCapabilities['cpus'];
  readonly smbios?: Sysinfo | undefined;
  /** Optional disks without a medium. */
  readonly absent: readonly Disk[];
}

/** Nothing of this domain runs, and everything that it needs is there. Touches nothing. */
export async function lookAround(def: DomainDef, deps: QemuDeps, directory: string): Promise<Findings> {
  const [host, , ports, hugepages, vhostNet] = await Promise.all([
    checkHost(def, deps),
    proveStartable(def, deps, directory),
    displayPorts(def, deps),
    hugepagesOf(def.spec),
    exists('/dev/vhost-net'),
  ]);
  return { ...host, ports, hugepages, vhostNet };
}

/** What a start needs of the host that a machine which still runs does not take from it. */
export async function checkHost(
  def: DomainDef,
  deps: QemuDeps,
): Promise<Pick<Findings, 'scsiGenerics' | 'cpus' | 'absent' | 'smbios'>> {
  const { emulator = defaultEmulator, accel } = def.spec;
  const [scsiGenerics, { kvm, cpus, version }, absent, , smbios] = await Promise.all([
    checkHostDevices(def),
    deps.capabilities.of(emulator),
    checkImages(def, (name) => deps.volumeImage(name)),
    checkVariables(def, nvramPath(def, deps)),
    hostSmbios(def.spec),
    checkSecrets(def, deps.paths.stateDir),
    checkTuning(def.spec),
  ]);
  if (accel === 'kvm' && !kvm.usable) {
    throw new Failure('kvm-unavailable', `accel kvm: ${kvm.reason ?? 'not usable'}`, {
      retry: { after: 30_000 },
      suggestion:
        'load the kvm module and let this user open /dev/kvm, or write accel: tcg (`qonverge doctor`)',
    });
  }
  assertFirmware(def);
  assertMachine(def, version);
  assertCpu(def, cpus);
  return { scsiGenerics, cpus, absent, smbios };
}

function assertFirmware({ spec }: DomainDef): void {
  const problem = firmwareProblem(spec);
  if (problem !== undefined)
    throw new Failure('firmware-not-found', problem, {
      retry: { after: 60_000 },
      suggestion: 'install ovmf, ask for less, or leave firmware out: then the machine has its own BIOS',
    });
}

/** A machine type of a later QEMU than this one. */
function assertMachine({ spec }: DomainDef, version: string): void {
  const wanted = /-(\d+)\.(\d+)$/.exec(spec.os?.machine ?? '');
  const own = /^(\d+)\.(\d+)/.exec(version);
  if (wanted === null || own === null) return;
  const number = ([, major, minor]: RegExpExecArray) => Number(major) * 1000 + Number(minor);
  if (number(wanted) > number(own))
    throw new Failure(
      'not-supported',
      `spec.os.machine: QEMU ${version} has no machine type ${spec.os?.machine} yet`,
      { retry: { after: 60_000 }, suggestion: 'install a newer QEMU, or write an older machine type' },
    );
}

/** A guest that was promised a CPU does not start with less. */
function assertCpu({ spec }: DomainDef, cpus: DomainCapabilities['cpus']): void {
  const facts = cpus[spec.accel === 'kvm' ? 'kvm' : 'tcg'];
  const problem = facts && cpuProblem(spec, facts);
  if (problem)
    throw new Failure('cpu-unavailable', problem.reason, { retry: 'never', suggestion: problem.suggestion });
}

/** Makes what QEMU needs to come up. Returns the helper processes; on failure nothing of it is left. */
export async function makeReady(
  def: DomainDef,
  deps: QemuDeps,
  options: { readonly directory: string; readonly logFile: string; readonly signal: AbortSignal },
): Promise<readonly ProcessIdentity[]> {
  const { paths, clock } = deps;
  const { stateDir } = paths;
  const [helping, ...made] = await Promise.allSettled([
    startHelpers(def, { ...options, stateDir, clock }),
    makeNvram(def, nvramPath(def, deps)),
    makeTaps(def, options.signal),
    makeTransientImages(def, {
      stateDir,
      signal: options.signal,
      volumeImage: (name) => deps.volumeImage(name),
    }),
  ]);
  const helpers = helping.status === 'fulfilled' ? helping.value : [];
  const failed = [helping, ...made].find((result) => result.status === 'rejected');
  if (!failed) return helpers;
  await unmake(def, helpers);
  throw failed.reason;
}

/** Takes back what `makeReady` made; NVRAM and the TPM's state stay. */
export async function unmake(def: DomainDef, helpers: readonly ProcessIdentity[]): Promise<void> {
  await Promise.all(helpers.map((helper) => signalProcess(helper, 'SIGTERM')));
  await removeTaps(def).catch(() => undefined);
}

export function contextOf(
  def: DomainDef,
  deps: QemuDeps,
  directory: string,
  { ports, hugepages, vhostNet, scsiGenerics, cpus, smbios }: Omit<Findings, 'absent'>,
): CommandLineContext {
  const uuid = def.spec.uuid ?? '';
  const queues = macvtapFds(def);
  return {
    directory,
    monitorFds: [3, 4],
    nvram: nvramPath(def, deps),
    cpus,
    hostSmbios: smbios,
    volume: (name) => deps.volumeImage(name),
    secretFile: (secret) => secretFile(deps.paths.stateDir, secret),
    transientImage: (alias) => transientImage(deps.paths.stateDir, def.metadata.name, alias),
    tap: (alias) => tapName(uuid, alias),
    tapFds: (alias) => queues.get(alias) ?? [],
    scsiGeneric: (unit) => scsiGenerics.get(unit),
    vhostNet,
    displayPort: (index) => ports[index] ?? 5900 + index,
    explicitChains: true,
    now: currentTime(deps.clock.now()),
    hugepages: (size) => hugepages.directories.get(size) ?? '/dev/hugepages',
    defaultHugepage: hugepages.defaultSize,
    vsockCid: vsockCid(uuid),
  };
}

/** The gate of every start: proof that no QEMU of this domain is alive. */
async function proveStartable(
  { metadata, spec }: DomainDef,
  { runRecords }: QemuDeps,
  directory: string,
): Promise<void> {
  const identity = runRecords.get(metadata.name)?.identity;
  const proof = await proveDead({
    bootId: identity?.bootId,
    identity,
    pidfile: join(directory, 'qemu.pid'),
    uuid: spec.uuid ?? '',
  });
  if (proof === 'dead') return;
  if ('unknown' in proof)
    throw new Failure('domain-unknown', `not started: ${proof.unknown}`, { retry: { after: 10_000 } });
  throw new Failure(
    'domain-conflict',
    `uuid ${spec.uuid} runs already in process ${proof.alive.pid}, which is not ours`,
    {
      retry: { after: 30_000 },
      suggestion: 'stop that process, or give this domain another uuid; nothing was touched',
    },
  );
}
