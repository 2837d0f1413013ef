import { readThreads } from '../../../host/threads.ts';
import type { Monitor } from '../../../qmp/monitor.ts';

/** The threads of a QEMU, by what they do. */
export interface Threads {
  readonly main: number;
  readonly vcpus: ReadonlyMap<number, number>;
  readonly iothreads: ReadonlyMap<number, number>;
  /** All others, the main one among them. */
  readonly emulator: readonly number[];
}

interface CpuFact {
  readonly 'cpu-index': number;
  readonly 'thread-id': number;
}

interface IothreadFact {
  readonly id: string;
  readonly 'thread-id': number;
}

export async function threadsOf(pid: number, monitor: Monitor, signal: AbortSignal): Promise<Threads> {
  const options = { signal, timeout: 10_000 };
  const cpus = await monitor.execute<readonly CpuFact[]>('query-cpus-fast', undefined, options);
  const io = await monitor.execute<readonly IothreadFact[]>('query-iothreads', undefined, options);
  const vcpus = new Map(cpus.map((fact) => [fact['cpu-index'], fact['thread-id']]));
  const iothreads = new Map(
    io.flatMap(({ id, 'thread-id': tid }) =>
      /^iothread\d+$/.test(id) ? [[Number(id.slice(8)), tid] as const] : [],
    ),
  );
  const others = new Set([...vcpus.values(), ...iothreads.values()]);
  return { main: pid, vcpus, iothreads, emulator: readThreads(pid).filter((tid) => !others.has(tid)) };
}

/** Every thread with its name in a definition's terms. */
export function namedThreads({
  vcpus,
  iothreads,
  emulator,
}: Threads): readonly (readonly [string, number])[] {
  return [
    ...emulator.map((tid) => ['emulator', tid] as const),
    ...[...vcpus].map(([id, tid]) => [`vcpu${id}`, tid] as const),
    ...[...iothreads].map(([id, tid]) => [`iothread${id}`, tid] as const),
  ];
}
