import type { CharacterDevice } from '../../../model/domain-devices.ts';
import { characterCodec } from './character-device.ts';
import type { DeviceClass } from './contract.ts';

export const parallel: DeviceClass<CharacterDevice> = {
  element: 'parallel',
  about: 'Parallel ports.',
  codec: characterCodec({
    element: 'parallel',
    type: 'pty',
    targetTypes: ['isa-parallel'],
  }),
};
