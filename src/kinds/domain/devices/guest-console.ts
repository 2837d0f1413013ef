import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { characterCodec } from './character-device.ts';
import type { DeviceClass } from './contract.ts';

/** `console` of the language is something else, hence the longer name. */
export const guestConsole: DeviceClass<CharacterDevice> = {
  element: 'console',
  about: 'Consoles. The first one of type serial is the first serial port.',
  codec: characterCodec({
    element: 'console',
    type: 'pty',
    targetTypes: ['serial', 'virtio'],
  }),
};
