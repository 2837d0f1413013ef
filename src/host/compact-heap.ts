import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A smaller heap is not worth the pause. */
const worthwhile = 64 * 1024 * 1024;

/**
 * For the rest after a burst of work. What stays lies scattered over the room that its garbage took, and V8 keeps that room: this
 * moves it together and gives the room back, while nothing else is done. `node --v8-options`: compact-on-every-full-gc.
 */
export function compactHeap(): void {
  if (getHeapStatistics().total_heap_size < worthwhile) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  setFlagsFromString('--compact-on-every-full-gc');
  collect();
  setFlagsFromString('--no-compact-on-every-full-gc');
}
