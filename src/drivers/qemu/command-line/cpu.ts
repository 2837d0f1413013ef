import type { ResolvedCpu } from '../../../kinds/domain/cpu/resolve-cpu.ts';
import { coldVcpus } from '../../../kinds/domain/individual-vcpus.ts';
import type { Cpu, DomainSpec, KvmFeatures } from '../../../model/domain.ts';
import { type Arguments, onOff, words } from './arguments.ts';
import { hypervFeatures } from './hyperv.ts';

/** `-cpu`: model, features, what KVM and Hyper-V show of themselves. */
export function buildCpu(spec: DomainSpec, resolved: ResolvedCpu, args: Arguments): void {
  const { cpu, features } = spec;
  const parts = [
    ...modelWords(spec, resolved.model),
    ...(cpu?.vendorId === undefined ? [] : [`vendor=${cpu.vendorId}`]),
    ...resolved.features.map(({ name, on }) => `${name}=${onOff(on)}`),
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

/** The model, in QEMU's words: `-cpu` names it, and a processor that is plugged later has its type. */
function modelWords({ cpu }: DomainSpec, model: string): string[] {
  if (model === 'host') return ['host', `migratable=${onOff(cpu?.migratable ?? true)}`];
  return [model, ...(model === 'max' ? switchFeature('migratable', cpu?.migratable) : [])];
}

/** Only what differs from the defaults of KVM, as libvirt has it. */
function kvmFeatures(kvm: KvmFeatures | undefined): string[] {
  return [
    ...(kvm?.hidden ? ['kvm=off'] : []),
    ...(kvm?.hintDedicated ? ['kvm-hint-dedicated=on'] : []),
    ...(kvm?.pollControl ? ['kvm-poll-control=on'] : []),
    ...(kvm?.pvIpi === false ? ['kvm-pv-ipi=off'] : []),
  ];
}

function addressWidth(width: Cpu['maxphysaddr']): string[] {
  if (width?.mode === 'passthrough')
    return [
      'host-phys-bits=on',
      ...(width.limit === undefined ? [] : [`host-phys-bits-limit=${width.limit}`]),
    ];
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
