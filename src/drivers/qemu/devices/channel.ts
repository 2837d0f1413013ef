import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

export function buildChannel(channel: CharacterDevice, { view, context, args }: DeviceBuild): void {
  const chardev = buildChardev(channel, context.directory, args);
  const { alias: id, targetType, targetAddress, port } = channel;
  if (targetType === 'guestfwd') {
    const forward = { str: `tcp:${targetAddress}:${port}-chardev:${chardev}` };
    return args.json('-netdev', { type: 'user', guestfwd: [forward], id });
  }
  const name = channel.targetName ?? (channel.type === 'spicevmc' ? 'com.redhat.spice.0' : undefined);
  args.device('virtserialport', { ...view.place(channel), chardev, id, name });
}
