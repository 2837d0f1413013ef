import type { Video, VideoAcceleration } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { orNone } from '../../shape/or-none.ts';
import { path } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const resolution = elementCodec<NonNullable<Video['resolution']>>('resolution', {
  x: required(integer('@x', 'Pixels.', { minimum: 1, maximum: 65_535 })),
  y: required(integer('@y', 'Pixels.', { minimum: 1, maximum: 65_535 })),
});

const acceleration = elementCodec<VideoAcceleration>('acceleration', {
  accel2d: yesNo('@accel2d', '2D acceleration. QEMU has none.'),
  accel3d: yesNo('@accel3d', '3D acceleration, with the GPU of the host.'),
  rendernode: path('@rendernode', 'vhostuser: GPU of the host.'),
});

const codec = deviceCodec<Video>(
  'video',
  {
    ...deviceFields,
    driver: choice('driver@name', ['qemu', 'vhostuser'], 'Who draws. Default: qemu.'),
    vgaconf: choice('driver@vgaconf', ['io', 'on', 'off'], 'Kept, not used: QEMU knows no such choice.'),
    virtio: virtioField,
    model: orNone(
      choice(
        'model@type',
        ['virtio', 'vga', 'cirrus', 'vmvga', 'qxl', 'bochs', 'ramfb', 'none'],
        'Graphics card.',
      ),
      'default',
    ),
    ram: integer('model@ram', 'qxl: KiB of the primary memory.', { maximum: 0xffff_ffff }),
    vram: integer('model@vram', 'KiB of video memory.', { maximum: 0xffff_ffff }),
    vram64: integer('model@vram64', 'qxl: KiB of the 64-bit bar.', { maximum: 0xffff_ffff }),
    vgamem: integer('model@vgamem', 'qxl: KiB of the VGA framebuffer.', { maximum: 0xffff_ffff }),
    heads: integer('model@heads', 'Number of screens. Default: 1.', { minimum: 1, maximum: 16 }),
    blob: onOff('model@blob', 'virtio: share memory of pictures with the host. Default: false.'),
    primary: yesNo('model@primary', 'The card that the firmware uses. Default: the first.'),
    acceleration: object('model/acceleration', acceleration, 'Acceleration.'),
    resolution: object('model/resolution', resolution, 'Size of the screen at start.'),
  },
  { order: 'driver model', later: 'model@edid' },
);

export const video: DeviceClass<Video> = { element: 'video', about: 'Graphics cards.', codec };
