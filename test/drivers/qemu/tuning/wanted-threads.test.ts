import { expect, test } from 'vitest';
import {
  presentOf,
  schedulerArguments,
  wantedCpus,
  wantedScheduler,
} from '../../../../src/drivers/qemu/tuning/wanted-threads.ts';
import type { DomainSpec } from '../../../../src/model/domain.ts';

test('a thread runs where its own pin says, else where all do', () => {
  const spec: DomainSpec = {
    memory: 1,
    vcpus: { maximum: 2, cpuset: '0-3' },
    cputune: { vcpuPins: [{ vcpu: 1, cpuset: '2' }], emulatorPin: '7' },
  };
  expect(['vcpu0', 'vcpu1', 'iothread1', 'emulator'].map((thread) => wantedCpus(spec, thread))).toEqual([
    '0-3',
    '2',
    '0-3',
    '7',
  ]);
  expect(wantedCpus({ memory: 1 }, 'vcpu0')).toBeUndefined();
});

test('CPUs that the host lacks are left out of a set', () => {
  expect(presentOf('0-7,^2', '0-3')).toBe('0-1,3');
  expect(presentOf('9', '0-3')).toBe('');
});

test('a scheduler is of the threads that it names', () => {
  const spec: DomainSpec = {
    memory: 1,
    cputune: {
      vcpuScheds: [{ vcpus: '0-1', scheduler: 'fifo', priority: 9 }],
      emulatorSched: { scheduler: 'idle' },
    },
  };
  expect(wantedScheduler(spec, 'vcpu1')).toMatchObject({ scheduler: 'fifo' });
  expect(wantedScheduler(spec, 'vcpu2')).toBeUndefined();
  expect(wantedScheduler(spec, 'iothread1')).toBeUndefined();
  expect(schedulerArguments({ scheduler: 'fifo', priority: 9 }, 42)).toEqual(['--fifo', '--pid', '9', '42']);
  expect(schedulerArguments({ scheduler: 'idle' }, 42)).toEqual(['--idle', '--pid', '0', '42']);
});
