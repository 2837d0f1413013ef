import type { Filesystem, ShareDaemon } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { object } from '../../shape/object.ts';
import { onOff, presence } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { bootOrderField, deviceCodec, deviceFields } from './device-fields.ts';
import { virtioField } from './virtio-options.ts';

const mode = (at: string, about: string): Field<string> =>
  text(at, about, {
    pattern: '^0*[0-7]{1,3}$',
    expected: 'an octal mode like 0644',
    canonical: (written) => written.replace(/^0+(?=.)/, '').padStart(4, '0'),
  });

const daemon = elementCodec<ShareDaemon>(
  'binary',
  {
    path: path('@path', 'The program. Default: virtiofsd of the host.'),
    xattr: onOff('@xattr', 'Extended attributes. Default: false.'),
    cache: choice('cache@mode', ['none', 'always'], 'What the guest may keep. Default: its own choice.'),
    sandbox: choice('sandbox@mode', ['namespace', 'chroot'], 'How it is locked in. Default: namespace.'),
    posixLock: onOff('lock@posix', 'POSIX locks of the host.'),
    flock: onOff('lock@flock', 'BSD locks of the host.'),
    threadPool: integer('thread_pool@size', 'Threads.', { maximum: 65_535 }),
    openFiles: integer('openfiles@max', 'How many files it may have open. Default: its own choice.', {
      minimum: 1,
    }),
  },
  { order: 'cache sandbox lock thread_pool openfiles' },
);

const codec = deviceCodec<Filesystem>(
  'filesystem',
  {
    ...deviceFields,
    type: choice('@type', ['mount'], 'A directory of the host.'),
    accessMode: choice(
      '@accessmode',
      ['passthrough', 'mapped', 'squash'],
      "How the guest's owners and modes are kept: on the files, beside them, or not. Default: passthrough.",
    ),
    multidevs: choice(
      '@multidevs',
      ['default', 'remap', 'forbid', 'warn'],
      '9p: directories on several devices. Default: as QEMU.',
    ),
    fileMode: mode('@fmode', 'mapped: mode of new files.'),
    directoryMode: mode('@dmode', 'mapped: mode of new directories.'),
    model: choice(
      '@model',
      ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
      '9p: with or without its legacy parts. Default: as the bus has it.',
    ),
    driver: choice(
      'driver@type',
      ['path', 'handle', 'virtiofs'],
      'Who serves it. Default: path, which is 9p.',
    ),
    writePolicy: choice('driver@wrpolicy', ['immediate'], 'Write through to the disk. Default: no.'),
    queue: integer('driver@queue', 'virtiofs: entries of its queue. Default: as QEMU.', {
      minimum: 1,
      maximum: 1024,
    }),
    virtio: virtioField,
    binary: object('binary', daemon, 'virtiofs: how its process is run.'),
    dir: path('source@dir', 'The directory.'),
    socket: path('source@socket', 'virtiofs: socket of a process that serves it.'),
    target: text('target@dir', 'The tag that the guest mounts.', {
      pattern: '^\\P{Cc}{1,255}$',
      expected: 'a tag of 1 to 255 characters',
    }),
    readonly: presence('readonly', 'The guest cannot write.'),
    bootOrder: bootOrderField,
  },
  {
    order: 'driver binary source target readonly',
    later: 'driver@name driver@format space_hard_limit space_soft_limit idmap',
    normalize: ({ type = 'mount', accessMode = 'passthrough', ...share }) => ({ ...share, type, accessMode }),
    abbreviate: ({ type: _, accessMode, ...share }) =>
      accessMode === undefined || accessMode === 'passthrough' ? share : { ...share, accessMode },
  },
);

export const filesystem: DeviceClass<Filesystem> = {
  element: 'filesystem',
  about: 'Directories of the host that the guest can mount.',
  codec,
};
