import type { Clock } from '../host/clock.ts';
import type { KeyText } from '../model/resource.ts';

/** Slots of one interval. */
const slots = 64;

/**
 * Queues every key once per interval, spread evenly: events are hints, this is the trigger. One timer for all keys; the
 * place of a key in the interval comes from its name, so that it does not move.
 */
export async function sweep(
  keys: () => Iterable<KeyText>,
  add: (key: KeyText) => void,
  { clock, interval, signal }: { clock: Clock; interval: number; signal: AbortSignal },
): Promise<void> {
  const places = new Map<KeyText, number>();
  let next = clock.monotonic();
  for (let turn = 1; !signal.aborted; turn++) {
    // A turn that came late is not made up for.
    next = Math.max(next + interval / slots, clock.monotonic());
    await clock.sleep(Math.max(1, next - clock.monotonic()), signal).catch(() => undefined);
    if (signal.aborted) return;
    for (const key of keys()) {
      let place = places.get(key);
      if (place === undefined) {
        place = placeOf(key);
        places.set(key, place);
      }
      if (place === turn % slots) add(key);
    }
    // Names that are gone for good are not kept.
    if (turn % (slots * 64) === 0) places.clear();
  }
}

function placeOf(key: KeyText): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % slots;
}
