import type { Audio, Graphics, Input, Sound, Video } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

const firstVncPort = 5900;

export function buildGraphics(graphics: Graphics, { view, context, args }: DeviceBuild, index: number): void {
  const listen = graphics.listen ?? '127.0.0.1';
  const fixed = graphics.port !== undefined && graphics.port > 0 ? graphics.port : undefined;
  if (graphics.type === 'vnc') {
    const where =
      graphics.socket === undefined
        ? `${bracketed(listen)}:${(fixed ?? context.displayPort(index)) - firstVncPort}`
        : `vnc=unix:${graphics.socket.replaceAll(',', ',,')}`;
    const audio = view.spec.devices?.audios?.[0];
    args.add(
      '-vnc',
      words(where, {
        share: graphics.sharePolicy,
        websocket:
          graphics.websocket === undefined
            ? undefined
            : graphics.websocket === -1
              ? true
              : graphics.websocket,
        audiodev: audio ? `audio${audio.id}` : undefined,
      }),
    );
    if (graphics.keymap !== undefined) args.add('-k', graphics.keymap);
    return;
  }
  const address =
    graphics.socket === undefined
      ? { port: fixed ?? context.displayPort(index), addr: listen }
      : { unix: true, addr: graphics.socket };
  args.add(
    '-spice',
    words(
      Object.entries(address)
        .map(([key, value]) => `${key}=${value === true ? 'on' : value}`)
        .join(','),
      {
        'disable-ticketing': true,
        'image-compression': graphics.imageCompression,
        'seamless-migration': true,
      },
    ),
  );
  if (graphics.keymap !== undefined) args.add('-k', graphics.keymap);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

export function buildVideo(video: Video, { view, args }: DeviceBuild, index: number): void {
  const primary = video.primary ?? index === 0;
  const size = video.resolution ? { xres: video.resolution.x, yres: video.resolution.y } : {};
  const place = view.place(video.address);
  const id = video.alias;
  const mib = (kib: number | undefined) => (kib === undefined ? undefined : Math.ceil(kib / 1024));
  switch (video.model) {
    case 'none':
      return;
    case 'ramfb':
      return args.device('ramfb', { id });
    case 'virtio':
      return args.device(primary ? 'virtio-vga' : 'virtio-gpu-pci', {
        id,
        max_outputs: video.heads ?? 1,
        ...size,
        ...place,
      });
    case 'qxl':
      return args.device(primary ? 'qxl-vga' : 'qxl', {
        id,
        max_outputs: video.heads ?? 1,
        ram_size: (video.ram ?? 65_536) * 1024,
        vram_size: (video.vram ?? 65_536) * 1024,
        vram64_size_mb: 0,
        vgamem_mb: mib(video.vgamem ?? 16_384),
        ...size,
        ...place,
      });
    case 'bochs':
      return args.device('bochs-display', {
        id,
        ...(video.vram === undefined ? {} : { vgamem: video.vram * 1024 }),
        ...size,
        ...place,
      });
    case 'cirrus':
      return args.device('cirrus-vga', { id, ...place });
    default:
      return args.device(primary ? 'VGA' : 'secondary-vga', {
        id,
        vgamem_mb: mib(video.vram ?? 16_384),
        ...size,
        ...place,
      });
  }
}

export function buildInput(input: Input, { view, args }: DeviceBuild): void {
  const place = view.place(input.address);
  if (input.bus === 'virtio') args.device(`virtio-${input.type}-pci`, { id: input.alias, ...place });
  else if (input.bus === 'usb')
    args.device(input.type === 'keyboard' ? 'usb-kbd' : `usb-${input.type}`, { id: input.alias, ...place });
}

export function buildAudio(audio: Audio, { args }: DeviceBuild): void {
  args.json('-audiodev', { id: `audio${audio.id}`, driver: audio.type });
}

const soundDrivers: Readonly<Partial<Record<Sound['model'], string>>> = {
  ac97: 'AC97',
  es1370: 'ES1370',
  sb16: 'sb16',
  ich6: 'intel-hda',
  ich7: 'ich7-intel-hda',
  ich9: 'ich9-intel-hda',
  usb: 'usb-audio',
};

export function buildSound(sound: Sound, { view, args }: DeviceBuild): void {
  const id = sound.alias;
  const audio = sound.audio ?? view.spec.devices?.audios?.[0]?.id ?? 1;
  const audiodev = `audio${audio}`;
  const place = view.place(sound.address);
  if (sound.model === 'pcspk') {
    args.add('-machine', `pcspk-audiodev=${audiodev}`);
    return;
  }
  const driver = soundDrivers[sound.model] ?? 'intel-hda';
  if (!driver.endsWith('hda')) return args.device(driver, { id, audiodev, ...place });
  args.device(driver, { id, ...place });
  for (const [cad, codec] of (sound.codecs ?? ['duplex' as const]).entries()) {
    args.device(`hda-${codec}`, { id: `${id}-codec${cad}`, bus: `${id}.0`, cad, audiodev });
  }
}
