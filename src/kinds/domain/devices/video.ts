import type { Video } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { object } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const resolution = elementCodec<NonNullable<Video['resolution']>>('resolution', {
  x: required(integer('@x', 'Pixels.', { minimum: 1, maximum: 65_535 })),
  y: required(integer('@y', 'Pixels.', { minimum: 1, maximum: 65_535 })),
});

const codec = deviceCodec<Video>(
  'video',
  {
    ...deviceFields,
    model: choice(
      'model@type',
      ['virtio', 'vga', 'cirrus', 'qxl', 'bochs', 'ramfb', 'none'],
      'Graphics card.',
      {
        later: ['vmvga', 'xen', 'vbox', 'gop', 'default'],
      },
    ),
    ram: integer('model@ram', 'qxl: KiB of the primary memory.'),
    vram: integer('model@vram', 'KiB of video memory.'),
    vgamem: integer('model@vgamem', 'qxl: KiB of the VGA framebuffer.'),
    heads: integer('model@heads', 'Number of screens. Default: 1.', { minimum: 1, maximum: 16 }),
    primary: yesNo('model@primary', 'The card that the firmware uses. Default: the first.'),
    resolution: object('model/resolution', resolution, 'Size of the screen at start.'),
  },
  { order: 'driver model', later: 'driver model@vram64 model@blob model@edid model/acceleration' },
);

export const video: DeviceClass<Video> = { element: 'video', about: 'Graphics cards.', codec };
