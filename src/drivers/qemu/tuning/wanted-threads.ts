import type { DomainSpec } from '../../../model/domain.ts';
import type { ThreadSched } from '../../../model/domain-tuning.ts';
import { formatNumberSet, parseNumberSet } from '../../../model/number-set.ts';

/** The host CPUs that a definition gives a thread (`emulator`, `vcpu0`, `iothread1`); undefined: it says nothing. */
export function wantedCpus({ vcpus, cputune = {} }: DomainSpec, thread: string): string | undefined {
  const { vcpuPins = [], iothreadPins = [], emulatorPin } = cputune;
  const [, sort, number] = /^(vcpu|iothread)(\d+)$/.exec(thread) ?? [];
  const own =
    sort === 'vcpu'
      ? vcpuPins.find(({ vcpu }) => vcpu === Number(number))?.cpuset
      : sort === 'iothread'
        ? iothreadPins.find(({ iothread }) => iothread === Number(number))?.cpuset
        : emulatorPin;
  return own ?? vcpus?.cpuset;
}

/** Whether a definition says of any thread where it runs. */
export function pinsThreads({ vcpus, cputune = {} }: DomainSpec): boolean {
  const { vcpuPins = [], iothreadPins = [], emulatorPin } = cputune;
  const sets = [...vcpuPins, ...iothreadPins, emulatorPin, vcpus?.cpuset];
  return sets.some((set) => set !== undefined);
}

export function wantedScheduler({ cputune = {} }: DomainSpec, thread: string): ThreadSched | undefined {
  const { vcpuScheds = [], iothreadScheds = [], emulatorSched } = cputune;
  const [, sort, number] = /^(vcpu|iothread)(\d+)$/.exec(thread) ?? [];
  const has = (numbers: string | undefined) =>
    numbers === undefined || parseNumberSet(numbers)?.includes(Number(number)) === true;
  if (sort === 'vcpu') return vcpuScheds.find(({ vcpus }) => has(vcpus));
  if (sort === 'iothread') return iothreadScheds.find(({ iothreads }) => has(iothreads));
  return emulatorSched;
}

export function schedulesThreads({ cputune = {} }: DomainSpec): boolean {
  const { vcpuScheds = [], iothreadScheds = [], emulatorSched } = cputune;
  return vcpuScheds.length > 0 || iothreadScheds.length > 0 || emulatorSched !== undefined;
}

/** Those of a set that the host has, in the shortest form; empty: none. */
export function presentOf(set: string, online: string): string {
  const there = new Set(parseNumberSet(online));
  return formatNumberSet((parseNumberSet(set) ?? []).filter((number) => there.has(number)));
}

/** Arguments of chrt(1) for a thread. */
export function schedulerArguments({ scheduler, priority = 0 }: ThreadSched, tid: number): readonly string[] {
  return [`--${scheduler}`, '--pid', String(priority), String(tid)];
}
