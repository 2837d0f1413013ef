import type { Video } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import { words } from '../command-line/arguments.ts';
import { virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

const kib = 1024;

/** The primary card is the one that firmware and VGA text know, so it is the first on the command line. */
export function isPrimary(video: Video, videos: readonly Video[]): boolean {
  return video === (videos.find(({ primary }) => primary) ?? videos[0]);
}

export function buildVideo(video: Video, { view, context, args }: DeviceBuild): void {
  const { alias: id, model = 'cirrus', driver, resolution } = video;
  if (model === 'none') return;
  const primary = isPrimary(video, view.spec.devices?.videos ?? []);
  const place = { xres: resolution?.x, yres: resolution?.y, ...view.place(video) };
  if (driver === 'vhostuser') {
    const chardev = `chr-vu-${id}`;
    args.add('-chardev', words('socket', { id: chardev, path: `${context.directory}/${id}.sock` }));
    const device = primary ? 'vhost-user-vga' : 'vhost-user-gpu-pci';
    const options = primary ? {} : virtioProperties(video.virtio);
    return args.device(device, { ...options, id, max_outputs: video.heads ?? 1, chardev, ...place });
  }
  const accelerated = model === 'virtio' && video.acceleration?.accel3d === true;
  const named = (accelerated ? acceleratedDrivers : drivers[model])[primary ? 0 : 1];
  args.device(named, { id, ...properties(video), ...place });
}

const acceleratedDrivers = ['virtio-vga-gl', 'virtio-gpu-gl-pci'] as const;

/** As the primary card, and as another one. */
const drivers = {
  virtio: ['virtio-vga', 'virtio-gpu-pci'],
  qxl: ['qxl-vga', 'qxl'],
  vga: ['VGA', 'secondary-vga'],
  cirrus: ['cirrus-vga', 'cirrus-vga'],
  vmvga: ['vmware-svga', 'vmware-svga'],
  bochs: ['bochs-display', 'bochs-display'],
  ramfb: ['ramfb', 'ramfb'],
} as const;

function properties(video: Video): Properties {
  const { model, heads = 1, ram = 65_536, vram, vram64 = 0, vgamem = 16_384 } = video;
  switch (model) {
    case 'virtio':
      return { max_outputs: heads, blob: video.blob, ...virtioProperties(video.virtio) };
    case 'qxl':
      return {
        max_outputs: heads,
        ram_size: ram * kib,
        vram_size: (vram ?? 65_536) * kib,
        vram64_size_mb: Math.floor(vram64 / kib),
        vgamem_mb: vgamem / kib,
      };
    case 'vga':
    case 'vmvga':
      return { vgamem_mb: (vram ?? 16_384) / kib };
    case 'bochs':
      return { vgamem: vram === undefined ? undefined : vram * kib };
    default:
      return {};
  }
}
