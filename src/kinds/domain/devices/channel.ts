import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { characterCodec } from './character-device.ts';
import type { DeviceClass } from './contract.ts';

export const channel: DeviceClass<CharacterDevice> = {
  element: 'channel',
  about: 'Channels between host and guest, for example of the guest agent.',
  codec: characterCodec({
    element: 'channel',
    type: 'unix',
    targetTypes: ['virtio', 'guestfwd'],
    targetType: 'virtio',
    needsTarget: true,
  }),
};
