import type { Video } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

const kib = 1024;

/** The primary card is the one that firmware and VGA text know, so it is the first on the command line. */
export function isPrimary(video: Video, videos: readonly Video[]): boolean {
  return video === (videos.find(({ primary }) => primary) ?? videos[0]);
}

export function buildVideo(video: Video, { view, args }: DeviceBuild): void {
  const { model = 'cirrus' } = video;
  if (model === 'none') return;
  const primary = isPrimary(video, view.spec.devices?.videos ?? []);
  args.device(drivers[model][primary ? 0 : 1], {
    id: video.alias,
    ...properties(video),
    xres: video.resolution?.x,
    yres: video.resolution?.y,
    ...view.place(video),
  });
}

/** As the primary card, and as another one. */
const drivers = {
  virtio: ['virtio-vga', 'virtio-gpu-pci'],
  qxl: ['qxl-vga', 'qxl'],
  vga: ['VGA', 'secondary-vga'],
  cirrus: ['cirrus-vga', 'cirrus-vga'],
  bochs: ['bochs-display', 'bochs-display'],
  ramfb: ['ramfb', 'ramfb'],
} as const;

function properties({ model, heads = 1, ram = 65_536, vram, vgamem = 16_384 }: Video): Properties {
  switch (model) {
    case 'virtio':
      return { max_outputs: heads };
    case 'qxl':
      return {
        max_outputs: heads,
        ram_size: ram * kib,
        vram_size: (vram ?? 65_536) * kib,
        vram64_size_mb: 0,
        vgamem_mb: vgamem / kib,
      };
    case 'vga':
      return { vgamem_mb: (vram ?? 16_384) / kib };
    case 'bochs':
      return { vgamem: vram === undefined ? undefined : vram * kib };
    default:
      return {};
  }
}
