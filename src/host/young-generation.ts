import { setFlagsFromString } from 'node:v8';

/**
 * For a process that mostly waits. V8 lets its young generation grow with every burst of work, to 32 MiB, and is slow to give that
 * back; what has not grown by now stays as it is. `node --v8-options`: semi-space-growth-factor.
 */
export function keepYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
