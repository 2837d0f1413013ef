import type {
  CacheTune,
  Cputune,
  IothreadSched,
  MemoryTune,
  ThreadSched,
  VcpuSched,
} from '../../model/domain-tuning.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { parseLocation } from '../shape/location.ts';
import { numberSet } from '../shape/number-set.ts';
import { object } from '../shape/object.ts';

type Item<T> = T extends readonly (infer I)[] ? I : never;

/** 0 is libvirt's word for none. */
function period(at: string, whose: string): Field<number> {
  const field = integer(at, `Length of a period in microseconds, of ${whose}.`, {
    minimum: 1000,
    maximum: 1_000_000,
  });
  return {
    ...field,
    fromXml: (cursor, path) =>
      cursor.value(parseLocation(at))?.text.trim() === '0' ? undefined : field.fromXml(cursor, path),
  };
}

/** libvirt's own bound; a quota below nothing means no limit. */
const quota = { minimum: Number.MIN_SAFE_INTEGER, maximum: 17_592_186_044_415 };
const quotaText = 'CPU time in microseconds that may be used in a period, by';

const vcpuPin = elementCodec<Item<NonNullable<Cputune['vcpuPins']>>>('cputune/vcpupin', {
  vcpu: required(integer('@vcpu', 'Which vCPU.', { maximum: 65_534 })),
  cpuset: required(numberSet('@cpuset', 'Host CPUs that it may run on.')),
});

const iothreadPin = elementCodec<Item<NonNullable<Cputune['iothreadPins']>>>('cputune/iothreadpin', {
  iothread: required(integer('@iothread', 'Which I/O thread.', { minimum: 1, maximum: 65_535 })),
  cpuset: required(numberSet('@cpuset', 'Host CPUs that it may run on.')),
});

const schedulers = ['batch', 'idle', 'fifo', 'rr'] as const;
const scheduler = required(choice('@scheduler', schedulers, 'Scheduling class of the threads.'));
const priority = integer('@priority', 'fifo and rr: 1 to 99.', { minimum: 0, maximum: 99 });

const vcpuSched = elementCodec<VcpuSched>('cputune/vcpusched', {
  vcpus: numberSet('@vcpus', 'Which vCPUs. Default: all.'),
  scheduler,
  priority,
});

const iothreadSched = elementCodec<IothreadSched>('cputune/iothreadsched', {
  iothreads: numberSet('@iothreads', 'Which I/O threads. Default: all.'),
  scheduler,
  priority,
});

const emulatorSched = elementCodec<ThreadSched>('cputune/emulatorsched', { scheduler, priority });

const cacheTune = elementCodec<CacheTune>(
  'cputune/cachetune',
  {
    vcpus: required(numberSet('@vcpus', 'vCPUs that share it.')),
    caches: list(
      'cache',
      elementCodec<Item<NonNullable<CacheTune['caches']>>>('cputune/cachetune/cache', {
        id: required(integer('@id', 'Which cache of the host.', { maximum: 65_535 })),
        level: required(integer('@level', 'Level of the cache.', { maximum: 64 })),
        type: required(choice('@type', ['both', 'code', 'data'], 'What is kept in it.')),
        size: required(bytes('@size', 'How much of it.', { shown: 'largest' })),
      }),
      'Parts of the caches of the host.',
    ),
    monitors: list(
      'monitor',
      elementCodec<Item<NonNullable<CacheTune['monitors']>>>('cputune/cachetune/monitor', {
        level: required(integer('@level', 'Level of the cache.', { maximum: 64 })),
        vcpus: required(numberSet('@vcpus', 'vCPUs that are watched together.')),
      }),
      'How much of the caches is used.',
    ),
  },
  // An attribute of a running domain: libvirt's name of the group.
  { reads: (cursor) => void cursor.attribute('id') },
);

const memoryTune = elementCodec<MemoryTune>(
  'cputune/memorytune',
  {
    vcpus: required(numberSet('@vcpus', 'vCPUs that share it.')),
    nodes: list(
      'node',
      elementCodec<Item<NonNullable<MemoryTune['nodes']>>>('cputune/memorytune/node', {
        id: required(integer('@id', 'Which memory controller of the host.', { maximum: 65_535 })),
        bandwidth: required(integer('@bandwidth', 'Percent of its bandwidth.', { maximum: 65_535 })),
      }),
      'Shares of the memory bandwidth.',
    ),
    monitors: list(
      'monitor',
      elementCodec<Item<NonNullable<MemoryTune['monitors']>>>('cputune/memorytune/monitor', {
        vcpus: required(numberSet('@vcpus', 'vCPUs that are watched together.')),
      }),
      'How much of the bandwidth is used.',
    ),
  },
  { reads: (cursor) => void cursor.attribute('id') },
);

/** `<cputune>`. */
export const cputuneCodec = elementCodec<Cputune>(
  'cputune',
  {
    shares: integer('shares', 'Weight beside other machines.', { maximum: 4_294_967_295 }),
    period: period('period', 'each vCPU'),
    quota: integer('quota', `${quotaText} each vCPU; -1: no limit.`, quota),
    globalPeriod: period('global_period', 'the whole domain'),
    globalQuota: integer('global_quota', `${quotaText} the whole domain; -1: no limit.`, quota),
    emulatorPeriod: period('emulator_period', 'the emulator threads'),
    emulatorQuota: integer('emulator_quota', `${quotaText} the emulator threads; -1: no limit.`, quota),
    iothreadPeriod: period('iothread_period', 'each I/O thread'),
    iothreadQuota: integer('iothread_quota', `${quotaText} each I/O thread; -1: no limit.`, quota),
    vcpuPins: list('vcpupin', vcpuPin, 'Host CPUs by vCPU.'),
    emulatorPin: numberSet('emulatorpin@cpuset', 'Host CPUs of all other threads of QEMU.'),
    iothreadPins: list('iothreadpin', iothreadPin, 'Host CPUs by I/O thread.'),
    emulatorSched: object('emulatorsched', emulatorSched, 'Scheduling of the emulator threads.'),
    vcpuScheds: list('vcpusched', vcpuSched, 'Scheduling of vCPUs.'),
    iothreadScheds: list('iothreadsched', iothreadSched, 'Scheduling of I/O threads.'),
    cacheTunes: list('cachetune', cacheTune, 'Shares of the caches of the host (resctrl).'),
    memoryTunes: list('memorytune', memoryTune, 'Shares of the memory bandwidth of the host (resctrl).'),
  },
  { xmlNeeds: 'emulatorpin@cpuset' },
);
