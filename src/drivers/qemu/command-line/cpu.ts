import type { DomainDef, DomainSpec, Hyperv } from '../../../model/domain.ts';
import type { Arguments } from './arguments.ts';

/** `-cpu`: model, features, what KVM and Hyper-V show of themselves. */
export function buildCpu({ spec }: DomainDef, args: Arguments): void {
  const parts = [
    model(spec),
    ...cpuFeatures(spec),
    ...timerFeatures(spec),
    ...kvmFeatures(spec),
    ...hypervFeatures(spec.features?.hyperv),
  ];
  if (spec.devices?.panics?.some((panic) => panic.model === 'hyperv')) parts.push('hv-crash');
  if (spec.cpu?.cache?.mode === 'passthrough') parts.push('host-cache-info=on', 'l3-cache=off');
  if (spec.cpu?.cache?.mode === 'emulate') parts.push('l3-cache=on');
  if (spec.cpu?.cache?.mode === 'disable') parts.push('host-cache-info=off', 'l3-cache=off');
  if (spec.features?.pmu !== undefined) parts.push(`pmu=${spec.features.pmu ? 'on' : 'off'}`);
  args.add('-cpu', parts.join(','));
}

function model({ cpu, accel, os }: DomainSpec): string {
  const plain = os?.arch === 'i686' ? 'qemu32' : 'qemu64';
  switch (cpu?.mode) {
    case 'host-passthrough':
      return `host,migratable=${cpu.migratable === false ? 'off' : 'on'}`;
    case 'host-model':
      return accel === 'kvm' ? 'host,migratable=on' : 'max';
    case 'maximum':
      return `max${cpu.migratable === undefined ? '' : `,migratable=${cpu.migratable ? 'on' : 'off'}`}`;
    default:
      return cpu?.model ?? plain;
  }
}

function cpuFeatures({ cpu }: DomainSpec): string[] {
  const vendor = cpu?.vendorId === undefined ? [] : [`vendor=${cpu.vendorId}`];
  const features = (cpu?.features ?? []).map(({ name, policy = 'require' }) => {
    const on = policy === 'force' || policy === 'require' || policy === 'optional';
    return `${name}=${on ? 'on' : 'off'}`;
  });
  return [...vendor, ...features];
}

function timerFeatures({ clock }: DomainSpec): string[] {
  const found: string[] = [];
  for (const timer of clock?.timers ?? []) {
    if (timer.name === 'kvmclock' && timer.present !== undefined)
      found.push(`kvmclock=${timer.present ? 'on' : 'off'}`);
    if (timer.name === 'hypervclock' && timer.present !== undefined)
      found.push(timer.present ? 'hv-time=on' : 'hv-time=off');
    if (timer.name === 'tsc' && timer.frequency !== undefined) found.push(`tsc-frequency=${timer.frequency}`);
  }
  return found;
}

function kvmFeatures({ features }: DomainSpec): string[] {
  const found: string[] = [];
  const eoi = features?.apic?.eoi;
  if (eoi !== undefined) found.push(`kvm-pv-eoi=${eoi ? 'on' : 'off'}`);
  if (features?.kvmHidden) found.push('kvm=off');
  return found;
}

const enlightenments = {
  relaxed: 'hv-relaxed',
  vapic: 'hv-vapic',
  vpindex: 'hv-vpindex',
  runtime: 'hv-runtime',
  synic: 'hv-synic',
  reset: 'hv-reset',
  frequencies: 'hv-frequencies',
  reenlightenment: 'hv-reenlightenment',
  tlbflush: 'hv-tlbflush',
  ipi: 'hv-ipi',
  evmcs: 'hv-evmcs',
  avic: 'hv-avic',
} as const;

function hypervFeatures(hyperv: Hyperv | undefined): string[] {
  if (!hyperv) return [];
  if (hyperv.mode === 'passthrough') return ['hv-passthrough=on'];
  const found: string[] = [];
  for (const [word, feature] of Object.entries(enlightenments)) {
    if (hyperv[word as keyof typeof enlightenments]) found.push(`${feature}=on`);
  }
  if (hyperv.spinlocks?.state !== false && hyperv.spinlocks?.retries !== undefined) {
    found.push(`hv-spinlocks=0x${hyperv.spinlocks.retries.toString(16)}`);
  }
  if (hyperv.stimer && hyperv.stimer.state !== false) {
    found.push('hv-stimer=on');
    if (hyperv.stimer.direct) found.push('hv-stimer-direct=on');
  }
  if (hyperv.vendorId !== undefined) found.push(`hv-vendor-id=${hyperv.vendorId}`);
  return found;
}
