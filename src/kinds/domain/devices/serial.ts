import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { characterCodec } from './character-device.ts';
import type { DeviceClass } from './contract.ts';

export const serial: DeviceClass<CharacterDevice> = {
  element: 'serial',
  about: 'Serial ports.',
  codec: characterCodec({
    element: 'serial',
    type: 'pty',
    targetTypes: ['isa-serial', 'pci-serial', 'usb-serial', 'isa-debug'],
  }),
};
