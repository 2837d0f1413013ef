import { coldVcpus } from '../../../kinds/domain/individual-vcpus.ts';
import type { Cpu, DomainSpec, KvmFeatures } from '../../../model/domain.ts';
import { type Arguments, onOff, words } from './arguments.ts';
import { hypervFeatures } from './hyperv.ts';

/** `-cpu`: model, features, what KVM and Hyper-V show of themselves. */
export function buildCpu(spec: DomainSpec, args: Arguments): void {
  const { cpu, features } = spec;
  const parts = [
    cpuModel(spec),
    ...(cpu?.features ?? []).flatMap(cpuFeature),
    ...(cpu?.vendorId === undefined ? [] : [`vendor=${cpu.vendorId}`]),
    ...timerFeatures(spec),
    ...switchFeature('kvm-pv-eoi', features?.apic?.eoi),
    ...hypervFeatures(features?.hyperv),
    ...(spec.devices?.panics?.some(({ model }) => model === 'hyperv') ? ['hv-crash'] : []),
    ...kvmFeatures(features?.kvm),
    ...switchFeature('kvm-pv-unhalt', features?.pvspinlock),
    ...switchFeature('pmu', features?.pmu),
    ...cacheFeatures(cpu),
    ...addressWidth(cpu?.maxphysaddr),
  ];
  args.add('-cpu', parts.join(','));
}

/** vCPUs and where they sit. */
export function buildTopology(spec: DomainSpec, args: Arguments): void {
  const { vcpus, cpu } = spec;
  const maximum = vcpus?.maximum ?? 1;
  const current = coldVcpus(spec);
  const { sockets, dies, cores, threads } = cpu?.topology ?? { sockets: maximum, cores: 1, threads: 1 };
  const maxcpus = current < maximum ? maximum : undefined;
  args.add('-smp', words(String(current), { maxcpus, sockets, dies, cores, threads }));
}

/** What libvirt calls the CPU that QEMU 7.2 can emulate: its host model without KVM. */
const emulatedHostModel =
  'EPYC,acpi=on,ss=on,monitor=on,hypervisor=on,erms=on,mpx=on,pcommit=on,clwb=on,umip=on,pku=on,vaes=on,la57=on,' +
  'pks=on,3dnowext=on,3dnow=on,npt=on,vgif=on,svme-addr-chk=on,vme=off,rdseed=off,sha-ni=off,xsavec=off,' +
  'fxsr-opt=off,misalignsse=off,3dnowprefetch=off,osvw=off,topoext=off,nrip-save=off';

/** Name of QEMU's model, and what makes it the one that is meant. */
export function cpuModel({ cpu, accel, os }: DomainSpec): string {
  switch (cpu?.mode) {
    case 'host-passthrough':
      return `host,migratable=${onOff(cpu.migratable ?? true)}`;
    case 'host-model':
      return hostModel(accel);
    case 'maximum':
      return ['max', ...switchFeature('migratable', cpu.migratable)].join(',');
    default:
      // At least this model: all that the host has.
      if (cpu?.match === 'minimum') return hostModel(accel);
      return cpu?.model ?? (os?.arch === 'i686' ? 'qemu32' : 'qemu64');
  }
}

function hostModel(accel: DomainSpec['accel']): string {
  return accel === 'kvm' ? 'host,migratable=on' : emulatedHostModel;
}

/** Known to libvirt and not to QEMU: they cannot be given to a guest. */
const unknownToQemu = new Set(['cmt', 'mbm_total', 'mbm_local', 'osxsave', 'ospke']);

function cpuFeature({ name, policy = 'require' }: NonNullable<Cpu['features']>[number]): string[] {
  if (unknownToQemu.has(name)) return [];
  const qemuName = name === 'pclmuldq' ? 'pclmulqdq' : name.replaceAll('_', '-');
  return [`${qemuName}=${onOff(policy !== 'disable' && policy !== 'forbid')}`];
}

function kvmFeatures(kvm: KvmFeatures | undefined): string[] {
  return [
    ...(kvm?.hidden ? ['kvm=off'] : []),
    ...switchFeature('kvm-hint-dedicated', kvm?.hintDedicated),
    ...switchFeature('kvm-poll-control', kvm?.pollControl),
    ...switchFeature('kvm-pv-ipi', kvm?.pvIpi),
  ];
}

function addressWidth(width: Cpu['maxphysaddr']): string[] {
  if (width?.mode === 'passthrough') return ['host-phys-bits=on'];
  return width?.bits === undefined ? [] : [`phys-bits=${width.bits}`];
}

function timerFeatures({ clock }: DomainSpec): string[] {
  return (clock?.timers ?? []).flatMap(({ name, present, frequency }) => {
    if (name === 'kvmclock') return switchFeature('kvmclock', present);
    if (name === 'hypervclock' && present) return ['hv-time=on'];
    return name === 'tsc' && frequency !== undefined ? [`tsc-frequency=${frequency}`] : [];
  });
}

/** Only the CPUs of the host can show its caches. */
function cacheFeatures(cpu: Cpu | undefined): string[] {
  const mode = cpu?.cache?.mode;
  if (mode === undefined) return [];
  if (mode === 'passthrough') return ['host-cache-info=on', 'l3-cache=off'];
  const isHost = cpu?.mode === 'host-passthrough' || cpu?.mode === 'maximum';
  return [...(isHost ? ['host-cache-info=off'] : []), `l3-cache=${onOff(mode === 'emulate')}`];
}

function switchFeature(name: string, value: boolean | undefined): string[] {
  return value === undefined ? [] : [`${name}=${onOff(value)}`];
}
