import type { Panic } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

export function buildPanic(panic: Panic, { view, args }: DeviceBuild): void {
  const { model = 'isa', alias: id, address } = panic;
  if (model === 'hyperv') return; // a feature of the CPU
  if (model === 'pvpanic') return args.device('pvpanic-pci', { id, ...view.place(panic) });
  args.device('pvpanic', { id, ioport: address?.type === 'isa' ? address.iobase : undefined });
}
