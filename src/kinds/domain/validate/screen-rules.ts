import type { DomainSpec } from '../../../model/domain.ts';
import type { Graphics, Video } from '../../../model/domain-devices.ts';
import { type Rule, unwanted } from './rules.ts';
import { audioType } from './sounds.ts';

function typeOfAudio({ audio }: Graphics, spec: DomainSpec) {
  return audio === undefined ? undefined : audioType(spec, audio);
}

export const graphicsRules: readonly Rule<Graphics>[] = [
  {
    at: 'gl',
    when: ({ type, gl }) =>
      (type === 'spice' || type === 'sdl' || type === 'dbus') && gl !== undefined && gl.enabled === undefined,
    says: 'whether to draw with the GPU is missing',
    instead: 'add enabled: true',
    code: 'missing-field',
  },
  {
    at: 'passwd',
    when: ({ type, passwd = '' }) => type === 'vnc' && passwd.length > 8,
    says: 'a VNC password has at most 8 characters',
    instead: 'shorten it',
    code: 'invalid-value',
  },
  {
    at: 'port',
    when: ({ type, port, autoport }) =>
      type === 'vnc' && port !== undefined && port <= 0 && autoport === false,
    says: 'this VNC server has no port, and may not choose one',
    instead: 'use port: 5900 or higher, or leave autoport out',
    code: 'missing-field',
  },
  {
    at: 'connected',
    when: ({ type, connected = 'keep' }) => type === 'vnc' && connected !== 'keep',
    says: 'VNC keeps those who are there when the password changes',
    instead: 'use keep',
    code: 'not-supported',
  },
  {
    at: 'listenNetwork',
    when: ({ listenType, listenNetwork }) => listenType === 'network' && listenNetwork === undefined,
    says: 'the network is missing',
    instead: 'add listenNetwork',
    code: 'missing-field',
  },
  ...unwanted<Graphics>(
    ['listenNetwork'],
    ({ listenType }) => listenType !== undefined && listenType !== 'network',
    'is for listenType network',
  ),
  ...unwanted<Graphics>(
    ['socket'],
    ({ listenType }) => listenType === 'address' || listenType === 'network' || listenType === 'none',
    'is for listenType socket',
  ),
  {
    at: 'busAddress',
    when: ({ p2p, busAddress }) => p2p === true && busAddress !== undefined,
    says: 'clients come through a socket or over a bus, not both',
    instead: 'keep one of the two',
  },
  {
    at: 'type',
    when: ({ type }, { devices }) =>
      type === 'egl-headless' &&
      devices?.graphics?.some((one) => one.type !== type) === true &&
      devices.graphics.every((one) => one.type !== 'vnc' && one.type !== 'spice'),
    says: 'egl-headless draws for a vnc or spice server, and there is none',
    instead: 'add graphics of type vnc',
    code: 'missing-reference',
  },
  {
    at: 'gl',
    when: ({ type, gl }, { devices }) =>
      type === 'spice' &&
      gl?.enabled === true &&
      devices?.graphics?.some((other) => other.type === 'egl-headless') === true,
    says: 'only one display can draw with the GPU',
    instead: 'switch gl off for the others',
  },
  {
    at: 'audio',
    when: (one, spec) => one.audio !== undefined && typeOfAudio(one, spec) === undefined,
    says: 'there is no audio backend with this id',
    instead: 'add it to devices.audios',
    code: 'missing-reference',
  },
  {
    at: 'audio',
    when: (one, spec) => one.type === 'dbus' && (typeOfAudio(one, spec) ?? 'dbus') !== 'dbus',
    says: 'sound goes over D-Bus only from an audio backend of type dbus',
    instead: 'use such a backend',
  },
];

const isQxl = ({ model }: Video): boolean => model === 'qxl';
const isVirtio = ({ model }: Video): boolean => model === 'virtio';
const isVhostUser = ({ driver }: Video): boolean => driver === 'vhostuser';
const isKnown = ({ model }: Video): boolean => model !== undefined;
const mebibyte = 1024;
/** QEMU counts bytes in 32 bits here, and these are KiB. */
const largest = 4_194_303;

export const videoRules: readonly Rule<Video>[] = [
  ...unwanted<Video>(['ram', 'vram64', 'vgamem'], (one) => isKnown(one) && !isQxl(one), 'is for qxl').map(
    (rule) => ({
      ...rule,
      // 0 says: the default.
      when: (one: Video, spec: DomainSpec) => one[rule.at as 'ram'] !== 0 && rule.when(one, spec),
    }),
  ),
  ...unwanted<Video>(['virtio'], (one) => !isVirtio(one), 'is for virtio'),
  ...(['ram', 'vram'] as const).map((field) => ({
    at: field,
    when: (one: Video) => isQxl(one) && (one[field] ?? 0) > largest,
    says: 'there can be 4 GiB at most',
    instead: `use ${largest} or less`,
    code: 'invalid-value' as const,
  })),
  {
    at: 'vgamem',
    when: ({ vgamem = 0, ...one }) =>
      isQxl(one) && vgamem > 0 && (vgamem < mebibyte || !Number.isInteger(Math.log2(vgamem))),
    says: 'the VGA framebuffer must be a power of two, 1024 KiB or more',
    instead: 'use 16384',
    code: 'invalid-value',
  },
  {
    at: 'vram',
    when: ({ model, vram = 0 }) => (model === 'vga' || model === 'vmvga') && vram > 0 && vram < mebibyte,
    says: 'a card has 1024 KiB at least',
    instead: 'use 16384',
    code: 'invalid-value',
  },
  {
    at: 'heads',
    when: (one) => (one.heads ?? 1) > 1 && !isQxl(one) && !isVirtio(one),
    says: 'only qxl and virtio have more than one screen',
    instead: 'use model virtio, or heads 1',
  },
  {
    at: 'driver',
    when: (one) => isVhostUser(one) && !isVirtio(one),
    says: 'a process of its own draws for virtio only',
    instead: 'use model virtio',
  },
  {
    at: 'acceleration',
    when: ({ acceleration }) => acceleration !== undefined && Object.keys(acceleration).length === 0,
    says: 'what is accelerated is missing',
    instead: 'add accel3d, or leave it out',
    code: 'missing-field',
  },
  {
    at: 'acceleration.accel2d',
    when: ({ acceleration }) => acceleration?.accel2d === true,
    says: 'QEMU has no 2D acceleration',
    instead: 'leave it out',
    code: 'not-supported',
  },
  {
    at: 'acceleration.accel3d',
    when: (one) => one.acceleration?.accel3d === true && !isVirtio(one) && !isVhostUser(one),
    says: 'only virtio has 3D acceleration',
    instead: 'use model virtio',
  },
  {
    at: 'acceleration.rendernode',
    when: (one) => one.acceleration?.rendernode !== undefined && !isVhostUser(one),
    says: 'rendernode is for driver vhostuser',
    instead: 'name it in gl of the graphics',
  },
  {
    at: 'resolution',
    when: ({ model = 'virtio', resolution }) =>
      resolution !== undefined && !['vga', 'qxl', 'virtio', 'bochs'].includes(model),
    says: 'this card cannot be told a resolution',
    instead: 'use model virtio, vga, qxl or bochs',
  },
];
