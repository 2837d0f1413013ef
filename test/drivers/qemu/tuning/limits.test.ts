import { describe, expect, test } from 'vitest';
import { sliceOf } from '../../../../src/drivers/qemu/tuning/limits/partition.ts';
import { limitsOf } from '../../../../src/drivers/qemu/tuning/limits.ts';
import type { DomainSpec } from '../../../../src/model/domain.ts';

const threads = { vcpus: [0, 1], iothreads: [1], device: () => '8:0' };

/** `controller[/threads] file=value` of one version. */
function written(version: 1 | 2, spec: Partial<DomainSpec>): readonly string[] {
  return limitsOf({ memory: 64 << 20, ...spec }, threads).flatMap(({ controller, threads: who, writes }) =>
    writes[version].map(
      ({ files, value }) => `${controller}${who === undefined ? '' : `/${who}`} ${files.join('|')}=${value}`,
    ),
  );
}

describe('a limit is written to', () => {
  test('the shares of the CPU, the same number in both versions', () => {
    expect(written(1, { cputune: { shares: 2048 } })).toEqual(['cpu cpu.shares=2048']);
    expect(written(2, { cputune: { shares: 2048 } })).toEqual(['cpu cpu.weight=2048']);
  });

  test('a quota of each vCPU, of each I/O thread, of the emulator and of the whole', () => {
    const cputune = {
      quota: 20_000,
      iothreadQuota: 5_000,
      iothreadPeriod: 10_000,
      emulatorQuota: -1,
      globalQuota: 9_000,
    };
    expect(written(2, { cputune })).toEqual([
      'cpu cpu.max=9000 100000',
      'cpu/emulator cpu.max=max 100000',
      'cpu/vcpu0 cpu.max=20000 100000',
      'cpu/vcpu1 cpu.max=20000 100000',
      'cpu/iothread1 cpu.max=5000 10000',
    ]);
    expect(written(1, { cputune: { period: 50_000, quota: 20_000 } }).slice(0, 2)).toEqual([
      'cpu/vcpu0 cpu.cfs_period_us=50000',
      'cpu/vcpu0 cpu.cfs_quota_us=20000',
    ]);
    expect(written(1, { cputune: { quota: 17_592_186_044_415 } })).toContain('cpu/vcpu0 cpu.cfs_quota_us=-1');
    expect(written(2, { cputune: { quota: 0, period: 0 } })).toEqual([]);
  });

  test('memory, where swap comes on top of it in version 2 and gives way first in version 1', () => {
    const memtune = { hardLimit: 1000, softLimit: 500, swapHardLimit: 1500 };
    expect(written(1, { memtune })).toEqual([
      'memory memory.memsw.limit_in_bytes=-1',
      'memory memory.limit_in_bytes=1000',
      'memory memory.soft_limit_in_bytes=500',
      'memory memory.memsw.limit_in_bytes=1500',
    ]);
    expect(written(2, { memtune })).toEqual([
      'memory memory.max=1000',
      'memory memory.high=500',
      'memory memory.swap.max=500',
    ]);
  });

  test('block devices by their numbers, every limit of a device at once', () => {
    const blkiotune = { weight: 300, devices: [{ path: '/dev/sda', weight: 200, readIopsSec: 7 }] };
    expect(written(1, { blkiotune })).toEqual([
      'io blkio.bfq.weight|blkio.weight=300',
      'io blkio.bfq.weight_device|blkio.weight_device=8:0 200',
      'io blkio.throttle.read_iops_device=8:0 7',
      'io blkio.throttle.write_iops_device=8:0 0',
      'io blkio.throttle.read_bps_device=8:0 0',
      'io blkio.throttle.write_bps_device=8:0 0',
    ]);
    expect(written(2, { blkiotune })).toEqual([
      'io io.bfq.weight|io.weight=300',
      'io io.bfq.weight|io.weight=8:0 200',
      'io io.max=8:0 rbps=max wbps=max riops=7 wiops=max',
    ]);
  });

  test('NUMA nodes: strict and restrictive bind every thread, a cell of its own its vCPUs', () => {
    const cells = [
      { memory: 1, cpus: '0' },
      { memory: 1, cpus: '1' },
    ];
    const nodes = written(2, {
      cpu: { numa: { cells } },
      numatune: {
        memory: { mode: 'restrictive', nodeset: '0-1' },
        memnodes: [{ cellid: 1, mode: 'restrictive', nodeset: '1' }],
      },
    });
    expect(nodes).toEqual([
      'cpuset/emulator cpuset.mems=0-1',
      'cpuset/vcpu0 cpuset.mems=0-1',
      'cpuset/vcpu1 cpuset.mems=1',
      'cpuset/iothread1 cpuset.mems=0-1',
    ]);
    expect(written(2, { numatune: { memory: { mode: 'interleave', nodeset: '0' } } })).toEqual([]);
  });
});

test('what lifts a limit stands beside it', () => {
  const [shares] = limitsOf({ memory: 1, cputune: { shares: 5 } }, threads);
  expect([shares?.writes[1][0]?.lifted, shares?.writes[2][0]?.lifted]).toEqual(['1024', '100']);
});

test("a partition is a slice of systemd's, and /machine is where every machine is", () => {
  const slice = (partition: string) => sliceOf({ memory: 1, resource: { partition } });
  expect(slice('/machine')).toBeUndefined();
  expect(slice('/machine/production')).toBe('machine-production.slice');
  expect(slice('/web servers/a-b/')).toBe('web\\x20servers-a\\x2db.slice');
  expect(limitsOf({ memory: 1, resource: { partition: '/a' } }, threads).map(({ path }) => path)).toEqual([
    'spec.resource.partition',
  ]);
});
