import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

/** A console on the serial port is that serial port; only virtio ones are devices of their own. */
export function buildConsole(device: CharacterDevice, { view, context, args }: DeviceBuild): void {
  if (device.targetType !== 'virtio') return;
  const chardev = buildChardev(device, context.directory, args);
  args.device('virtconsole', { ...view.place(device), chardev, id: device.alias });
}
