import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

export function buildSerial(serial: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const id = serial.alias ?? 'serial';
  buildChardev(serial, `char${id}`, context.directory, args);
  const model = serial.targetModel ?? serial.targetType ?? 'isa-serial';
  const isa = model === 'isa-serial';
  args.device(model, {
    chardev: `char${id}`,
    id,
    ...(isa && serial.port !== undefined && serial.address?.type !== 'isa' ? { index: serial.port } : {}),
    ...view.place(serial.address),
  });
}

export function buildParallel(parallel: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const id = parallel.alias ?? 'parallel';
  buildChardev(parallel, `char${id}`, context.directory, args);
  args.device('isa-parallel', { chardev: `char${id}`, id, ...view.place(parallel.address) });
}

/** A console on the serial port is that serial port; only virtio ones are devices of their own. */
export function buildConsole(device: CharacterDevice, { view, context, args }: DeviceBuild): void {
  if (device.targetType !== 'virtio') return;
  const id = device.alias ?? 'console';
  buildChardev(device, `char${id}`, context.directory, args);
  args.device('virtconsole', { ...view.place(device.address), chardev: `char${id}`, id });
}

export function buildChannel(channel: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const id = channel.alias ?? 'channel';
  buildChardev(channel, `char${id}`, context.directory, args);
  args.device('virtserialport', {
    ...view.place(channel.address),
    chardev: `char${id}`,
    id,
    name: channel.targetName ?? (channel.type === 'spicevmc' ? 'com.redhat.spice.0' : undefined),
  });
}
