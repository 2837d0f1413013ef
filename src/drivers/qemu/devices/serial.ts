import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { wordTable } from '../../../model/word-table.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

const drivers = wordTable<string>({ 'isa-debug': 'isa-debugcon' });

export function buildSerial(serial: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const { alias: id, targetType = 'isa-serial' } = serial;
  const chardev = buildChardev(serial, context.directory, args);
  const driver = serial.targetModel ?? drivers.get(targetType) ?? targetType;
  const index = driver === 'isa-serial' ? serial.port : undefined;
  args.device(driver, { chardev, id, index, ...view.place(serial) });
}
