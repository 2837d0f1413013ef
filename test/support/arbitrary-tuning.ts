import fc from 'fast-check';
import type { DomainSpec, LaunchSecurity } from '../../src/model/domain.ts';
import type { GuestNuma, NumaCell } from '../../src/model/domain-numa.ts';
import type { QemuExtras } from '../../src/model/domain-qemu.ts';
import type { BlkiotuneDevice, Cputune, Memtune } from '../../src/model/domain-tuning.ts';
import { type Arbitraries, absolutePath, count, line, sometimes, wholeKib, word } from './arbitraries.ts';

/** CPUs or nodes, in the shortest form. */
export function numberSet(): fc.Arbitrary<string> {
  return fc.constantFrom('0', '0-1', '0-1,3', '1-2,8-11');
}

type Tuning = Pick<
  DomainSpec,
  | 'dumpCore'
  | 'maxMemory'
  | 'memtune'
  | 'blkiotune'
  | 'individualVcpus'
  | 'iothreadIds'
  | 'defaultIothread'
  | 'cputune'
  | 'numatune'
  | 'resource'
  | 'perf'
  | 'fwcfg'
  | 'launchSecurity'
  | 'qemu'
>;

/** What stands outside the devices and says how the host shares itself. */
export function arbitraryTuning(): Arbitraries<Tuning> {
  return {
    dumpCore: fc.boolean(),
    maxMemory: fc.record({ size: wholeKib(1), slots: count() }),
    memtune: sometimes<Memtune>({
      hardLimit: wholeKib(1),
      softLimit: wholeKib(1),
      minGuarantee: wholeKib(1),
      swapHardLimit: wholeKib(1),
    }),
    blkiotune: sometimes<NonNullable<DomainSpec['blkiotune']>>({
      weight: fc.integer({ min: 100, max: 1000 }),
      devices: some(
        sometimes<BlkiotuneDevice>(
          {
            path: absolutePath(),
            weight: fc.integer({ min: 100, max: 1000 }),
            readIopsSec: fc.nat(),
            writeIopsSec: fc.nat(),
            readBytesSec: fc.nat(),
            writeBytesSec: fc.nat(),
          },
          ['path'],
        ),
      ),
    }),
    individualVcpus: some(
      sometimes<NonNullable<DomainSpec['individualVcpus']>[number]>(
        { id: fc.nat(64), enabled: fc.boolean(), hotpluggable: fc.boolean(), order: count() },
        ['id', 'enabled'],
      ),
    ),
    iothreadIds: some(
      sometimes<NonNullable<DomainSpec['iothreadIds']>[number]>(
        {
          id: count(),
          threadPoolMin: fc.nat(8),
          threadPoolMax: count(),
          pollMax: fc.nat(100_000),
          pollGrow: fc.nat(8),
          pollShrink: fc.nat(8),
        },
        ['id'],
      ),
    ),
    defaultIothread: sometimes<NonNullable<DomainSpec['defaultIothread']>>({
      threadPoolMin: fc.nat(8),
      threadPoolMax: count(),
    }),
    cputune: cputune(),
    numatune: fc.constantFrom<NonNullable<DomainSpec['numatune']>>(
      { memory: { mode: 'strict', nodeset: '0-1' } },
      { memory: { placement: 'auto' } },
      {
        memnodes: [
          { cellid: 0, nodeset: '0' },
          { cellid: 1, mode: 'restrictive', nodeset: '1,3' },
        ],
      },
    ),
    resource: sometimes<NonNullable<DomainSpec['resource']>>({
      partition: absolutePath(),
      fibrechannelAppid: word(),
    }),
    perf: fc.constantFrom<NonNullable<DomainSpec['perf']>>([
      { name: 'cpu_cycles', enabled: true },
      { name: 'cmt', enabled: false },
    ]),
    fwcfg: some(
      fc.oneof(fc.record({ name: word(), value: line() }), fc.record({ name: word(), file: absolutePath() })),
    ),
    launchSecurity: sometimes<LaunchSecurity>(
      {
        type: fc.constant('sev'),
        cbitpos: fc.nat(64),
        reducedPhysBits: fc.nat(8),
        policy: fc.nat(0xffff),
        dhCert: word(),
        session: word(),
        kernelHashes: fc.boolean(),
      },
      ['type', 'policy'],
    ),
    qemu: fc.constantFrom<QemuExtras>(
      { args: ['-device', 'edu,x=<&>'], env: [{ name: 'NS', value: 'a b' }, { name: 'BAR' }] },
      { addCapabilities: ['blockdev'], delCapabilities: ['name'], deprecation: 'crash' },
      {
        overrides: [
          {
            alias: 'ua-disk',
            frontend: [
              { name: 'x', type: 'unsigned', value: '3' },
              { name: 'y', type: 'remove' },
            ],
          },
        ],
      },
    ),
  };
}

/** NUMA cells with all that may stand in them. */
export function guestNuma(): fc.Arbitrary<GuestNuma> {
  const cell = sometimes<NumaCell>(
    {
      id: fc.nat(7),
      cpus: numberSet(),
      memory: wholeKib(1),
      memAccess: fc.constantFrom('shared', 'private'),
      discard: fc.boolean(),
      distances: some(fc.record({ id: fc.nat(7), value: fc.integer({ min: 10, max: 255 }) })),
      caches: fc.constant([
        { level: 1, associativity: 'direct' as const, policy: 'writeback' as const, size: 8192, line: 5 },
      ]),
    },
    ['memory'],
  );
  return sometimes<GuestNuma>(
    {
      cells: some(cell),
      interconnects: fc.constant({
        latencies: [{ initiator: 0, target: 0, cache: 1, type: 'access' as const, value: 5 }],
        bandwidths: [{ initiator: 0, target: 1, type: 'read' as const, value: 204_800 * 1024 }],
      }),
    },
    ['cells'],
  );
}

function cputune(): fc.Arbitrary<Cputune> {
  const period = fc.integer({ min: 1000, max: 1_000_000 });
  const quota = fc.integer({ min: -1, max: 1_000_000 });
  const sched = { scheduler: fc.constantFrom('fifo', 'rr'), priority: count() } as const;
  return sometimes<Cputune>({
    shares: fc.nat(),
    globalPeriod: period,
    globalQuota: quota,
    period,
    quota,
    emulatorPeriod: period,
    emulatorQuota: quota,
    iothreadPeriod: period,
    iothreadQuota: quota,
    vcpuPins: some(fc.record({ vcpu: fc.nat(8), cpuset: numberSet() })),
    emulatorPin: numberSet(),
    iothreadPins: some(fc.record({ iothread: count(), cpuset: numberSet() })),
    vcpuScheds: some(fc.record({ vcpus: numberSet(), ...sched })),
    iothreadScheds: some(fc.record({ iothreads: numberSet(), ...sched })),
    emulatorSched: fc.record(sched),
    cacheTunes: fc.constant([
      {
        vcpus: '0-1',
        caches: [{ id: 0, level: 3, type: 'both' as const, size: 3 * 1024 * 1024 }],
        monitors: [{ level: 3, vcpus: '0' }],
      },
    ]),
    memoryTunes: fc.constant([{ vcpus: '0', nodes: [{ id: 0, bandwidth: 60 }], monitors: [{ vcpus: '0' }] }]),
  });
}

function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(item, { minLength: 1, maxLength: 3 });
}
