import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../model/failure.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import type { QmpCommand } from '../devices/contract.ts';

/** How long QEMU may take for one command: opening an image on a slow disk. */
const patience = 20_000;

/** QEMU's words for an id that is there already: what was cut off after the act is carried on. */
const there = /[Dd]uplicate|already exists|already in use|is already/;
/** QEMU's words for an id that is gone. */
const gone = /not found|Failed to find|does not exist|Cannot find/;
/** A device that is gone holds its backend until QEMU has freed it, a moment later. */
const held = /in use|is busy/;
const lettingGo = 5_000;

/** Brings a part that may be there already: ids are ours, and mean the same at every try. */
export async function bring(
  monitor: Monitor,
  { command, arguments: args }: QmpCommand,
  signal?: AbortSignal,
): Promise<void> {
  await say(monitor, command, args, signal).catch((error: unknown) => unless(there, error));
}

/** Takes away what `bring` brought; what is not there is no mistake. */
export async function takeAway(
  monitor: Monitor,
  { command, arguments: args }: QmpCommand,
  signal?: AbortSignal,
): Promise<void> {
  const [opposite, name] = opposites[command] ?? [];
  if (opposite === undefined || name === undefined) return;
  const deadline = performance.now() + lettingGo;
  for (;;) {
    try {
      await say(monitor, opposite, { [name]: args[name] }, signal);
      return;
    } catch (error) {
      if (!isAnswer(error, held) || performance.now() > deadline) return unless(gone, error);
      await sleep(50, undefined, signal ? { signal } : {});
    }
  }
}

export function say<T>(
  monitor: Monitor,
  command: string,
  args?: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<T> {
  return monitor.execute<T>(command, args, { timeout: patience, ...(signal ? { signal } : {}) });
}

/** What undoes a command, and what names its object. */
const opposites: Readonly<Record<string, readonly [command: string, id: string]>> = {
  'object-add': ['object-del', 'id'],
  'blockdev-add': ['blockdev-del', 'node-name'],
  netdev_add: ['netdev_del', 'id'],
  'chardev-add': ['chardev-remove', 'id'],
};

/** A mistake that was to be expected here is none. */
export function unless(expected: RegExp, error: unknown): void {
  if (!isAnswer(error, expected)) throw error;
}

export function isAnswer(error: unknown, expected: RegExp): boolean {
  return error instanceof Failure && error.code === 'qmp-error' && expected.test(error.message);
}

/** Nobody knows whether it was done: it is done again when QEMU answers again, by whoever is there then. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Failure && /^qmp-(timeout|disconnected|protocol)$/.test(error.code);
}
