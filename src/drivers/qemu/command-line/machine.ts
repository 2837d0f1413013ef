import type { Clock, DomainDef } from '../../../model/domain.ts';
import { type Arguments, words } from './arguments.ts';
import { flashChips } from './firmware.ts';
import { launchSecurityId } from './launch-security.ts';
import type { MachineView } from './machine-view.ts';
import { mainMemoryId } from './memory.ts';
import { hasHmat } from './numa.ts';

/** Said twice, it is there only when both say so. */
function hpetPresence(timers: Clock['timers'] = []): boolean | undefined {
  const said = timers.flatMap(({ name, present }) => (name === 'hpet' ? (present ?? []) : []));
  return said.length === 0 ? undefined : said.every(Boolean);
}

/** Machine type with its properties, and the accelerator. */
export function buildMachine({ spec }: DomainDef, view: MachineView, args: Arguments): void {
  const { features = {}, os = {}, clock, devices } = spec;
  const speaker = devices?.sounds?.find(({ model }) => model === 'pcspk');
  args.add(
    '-machine',
    words(os.machine ?? 'pc', {
      usb: false,
      vmport: features.vmport,
      smm: features.smm?.state,
      i8042: features.ps2,
      kernel_irqchip: features.ioapic === undefined ? undefined : irqchip[features.ioapic],
      'dump-guest-core': spec.dumpCore ?? false,
      'mem-merge': spec.memoryBacking?.nosharepages ? false : undefined,
      'memory-backend': spec.cpu?.numa === undefined ? mainMemoryId(spec) : undefined,
      ...flashChips(os),
      hpet: hpetPresence(clock?.timers),
      // What the firmware would draw goes to the serial port.
      graphics: os.bios?.useserial ? false : undefined,
      nvdimm: devices?.memories?.some(({ model }) => model === 'nvdimm') ? true : undefined,
      hmat: hasHmat(spec.cpu?.numa) ? true : undefined,
      'confidential-guest-support': spec.launchSecurity === undefined ? undefined : launchSecurityId,
      acpi: features.acpi === false ? false : undefined,
      'pcspk-audiodev': speaker === undefined ? undefined : view.audiodev(speaker.audio),
    }),
  );
  args.add('-accel', accelerator(spec));
  const tseg = features.smm?.tseg;
  if (tseg !== undefined && features.smm?.state !== false)
    args.add('-global', `mch.extended-tseg-mbytes=${tseg / (1024 * 1024)}`);
  buildPowerStates(spec.pm, view, args);
  if (features.vmcoreinfo) args.device('vmcoreinfo', {});
  if (spec.genid !== undefined) args.device('vmgenid', { guid: spec.genid, id: 'vmgenid0' });
}

function accelerator({ accel, features }: DomainDef['spec']): string {
  if (accel !== 'kvm') {
    const cache = features?.tcgTbCache;
    return words('tcg', { 'tb-size': cache === undefined ? undefined : Math.ceil(cache / (1024 * 1024)) });
  }
  const ring = features?.kvm?.dirtyRing;
  return words('kvm', { 'dirty-ring-size': ring?.state === true ? ring.size : undefined });
}

const irqchip = { qemu: 'split', kvm: 'on' } as const;

/** S3 and S4 of ACPI are the south bridge's. */
function buildPowerStates(pm: DomainDef['spec']['pm'], { isQ35 }: MachineView, args: Arguments): void {
  const bridge = isQ35 ? 'ICH9-LPC' : 'PIIX4_PM';
  for (const [state, enabled] of [
    ['s3', pm?.suspendToMem],
    ['s4', pm?.suspendToDisk],
  ] as const)
    if (enabled !== undefined) args.add('-global', `${bridge}.disable_${state}=${enabled ? 0 : 1}`);
}
