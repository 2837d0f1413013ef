import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

export function buildChannel(channel: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const chardev = buildChardev(channel, context.directory, args);
  const name = channel.targetName ?? (channel.type === 'spicevmc' ? 'com.redhat.spice.0' : undefined);
  args.device('virtserialport', { ...view.place(channel), chardev, id: channel.alias, name });
}
