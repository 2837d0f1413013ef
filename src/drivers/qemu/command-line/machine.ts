import type { DomainDef } from '../../../model/domain.ts';
import { type Arguments, words } from './arguments.ts';
import { flashChips } from './firmware.ts';
import type { MachineView } from './machine-view.ts';

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
      kernel_irqchip: features.ioapic === undefined ? undefined : irqchip[features.ioapic],
      'dump-guest-core': false,
      'mem-merge': spec.memoryBacking?.nosharepages ? false : undefined,
      'memory-backend': 'pc.ram',
      ...flashChips(os.loader),
      hpet: clock?.timers?.find(({ name }) => name === 'hpet')?.present,
      acpi: features.acpi === false ? false : undefined,
      'pcspk-audiodev': speaker === undefined ? undefined : view.audiodev(speaker.audio),
    }),
  );
  args.add('-accel', spec.accel === 'kvm' ? 'kvm' : 'tcg');
  const tseg = features.smm?.tseg;
  if (tseg !== undefined) args.add('-global', `mch.extended-tseg-mbytes=${tseg / (1024 * 1024)}`);
  buildPowerStates(spec.pm, view, args);
  if (features.vmcoreinfo) args.device('vmcoreinfo', {});
  if (spec.genid !== undefined) args.device('vmgenid', { guid: spec.genid, id: 'vmgenid0' });
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
