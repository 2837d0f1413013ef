import type { Driver } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import { toFailure } from '../model/failure.ts';
import type { Action, KeyText, ResourceKey } from '../model/resource.ts';
import { type Departure, departures } from './shutdown-order.ts';

export interface HostShutdown {
  readonly mode: 'stop' | 'suspend';
  /** Milliseconds for all of it. */
  readonly timeout: number;
  /** What is not down at the end of its time is ended. */
  readonly force: boolean;
}

/** How one machine went. */
export interface Departed {
  readonly key: ResourceKey<'Domain'>;
  readonly how: 'stopped' | 'saved' | 'forced' | 'left';
  readonly message?: string;
}

/** One that runs, and what of the others it needs. */
export interface Running {
  readonly key: ResourceKey<'Domain'>;
  readonly text: KeyText;
  readonly needs: readonly KeyText[];
  /** Seconds that its spec gives it to go down. */
  readonly gracePeriod: number;
}

interface Hands {
  readonly clock: Clock;
  readonly driver: Pick<Driver<'Domain'>, 'perform'>;
  say(departed: Departed): void;
}

/** Files that are written at once. */
const mostSaves = 4;
/** Of the time that a machine has, for its file; the rest is for going down without one. */
const shareOfSave = 0.75;

/**
 * Takes down all that runs, each after those that need it, side by side where nothing forbids it. Everybody has an equal
 * share of what is left of the time with those that follow, and no more than its own spec gives it.
 */
export async function takeDown(
  running: readonly Running[],
  how: HostShutdown,
  hands: Hands,
): Promise<readonly Departed[]> {
  const { clock, say } = hands;
  const deadline = clock.monotonic() + how.timeout;
  const byText = new Map(running.map((one) => [one.text, one]));
  const saves = new Slots(mostSaves);
  const down = new Map<KeyText, Promise<Departed>>();
  const go = async (one: Running, { after, following }: Departure): Promise<Departed> => {
    await Promise.all(after.map((text) => down.get(text)));
    const share = Math.max(0, deadline - clock.monotonic()) / (following + 1);
    const departed = await endOne(one, how, share, saves, hands);
    say(departed);
    return departed;
  };
  // Those that many stand on come last: whom they wait for is on its way by then.
  const order = departures(new Map(running.map(({ text, needs }) => [text, needs])));
  for (const departure of order) {
    const one = byText.get(departure.text);
    if (one) down.set(departure.text, go(one, departure));
  }
  return Promise.all(down.values());
}

async function endOne(
  { key, gracePeriod }: Running,
  { mode, force }: HostShutdown,
  share: number,
  saves: Slots,
  { clock, driver }: Hands,
): Promise<Departed> {
  const end = clock.monotonic() + share;
  const act = (action: Action<'Domain'>, signal = new AbortController().signal) =>
    driver.perform(key, action, signal);
  let message: string | undefined;
  const departed = (word: Departed['how']): Departed => ({
    key,
    how: word,
    ...(message === undefined ? {} : { message }),
  });
  const tries = async (word: Departed['how'], work: () => Promise<void>): Promise<Departed | undefined> => {
    try {
      await work();
      return departed(word);
    } catch (error) {
      message = toFailure(error).message;
      return undefined;
    }
  };
  const save = () =>
    saves.take(() =>
      within(shareOfSave * share, clock, (signal) => act({ type: 'save', forHost: true }, signal)),
    );
  const stop = () => {
    const left = Math.max(0, end - clock.monotonic()) / 1_000;
    return act({
      type: 'shutdown',
      gracePeriod: Math.min(gracePeriod, left),
      force: false,
      forHost: true,
    });
  };
  return (
    (mode === 'suspend' ? await tries('saved', save) : undefined) ??
    (await tries('stopped', stop)) ??
    (force ? await tries('forced', () => act({ type: 'destroy', forHost: true })) : undefined) ??
    departed('left')
  );
}

/** Work with a signal that ends its waits after so many milliseconds. */
async function within(ms: number, clock: Clock, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = new AbortController();
  const done = new AbortController();
  const timer = clock.sleep(ms, done.signal).then(
    () => limit.abort(),
    () => undefined,
  );
  try {
    await work(limit.signal);
  } finally {
    done.abort();
    await timer;
  }
}

/** So many at once, the others in their turn. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
