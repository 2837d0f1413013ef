import type { KeyText } from '../model/resource.ts';

/** Who is down for a restart of ours, so that no more than allowed are at once. */
export class RestartTurns {
  readonly #down = new Set<KeyText>();
  readonly #waiting = new Set<KeyText>();

  /** Why this one has to wait; undefined when it is its turn. */
  refuse(text: KeyText, most: number): string | undefined {
    const others = [...this.#down].filter((other) => other !== text);
    if (others.length < most) {
      this.#waiting.delete(text);
      return undefined;
    }
    this.#waiting.add(text);
    const shown = others.slice(0, 3).join(', ');
    return `${shown} ${others.length > 1 ? 'are' : 'is'} not back from a restart yet, and ${most} at once may be down (maxUnavailable): \`qonverge why ${others[0]}\` says what it waits for`;
  }

  take(text: KeyText): void {
    this.#waiting.delete(text);
    this.#down.add(text);
  }

  /** It is back, or gone. Returns who waited for that. */
  release(text: KeyText): readonly KeyText[] {
    this.#waiting.delete(text);
    return this.#down.delete(text) ? [...this.#waiting] : [];
  }
}
