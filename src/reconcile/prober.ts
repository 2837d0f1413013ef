import type { Driver, DriverTable } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { Probed } from '../kinds/contract.ts';
import { toFailure } from '../model/failure.ts';
import { type Probe, type ProbeAnswer, probeDefaults } from '../model/probe.ts';
import { type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';

/** What the probes of one run have given so far. */
export interface Readiness {
  readonly ready: boolean;
  /** It had its chances. */
  readonly failing: boolean;
  readonly message: string;
}

interface Watch extends Probed {
  readonly ended: AbortController;
  readiness: Readiness;
  failures: number;
}

const unknown: Readiness = { ready: false, failing: false, message: 'not probed yet' };

/** How many probes are under way at once. */
const most = 8;

/** Tries what runs, beside the loop: a guest that does not answer delays no other. Verdicts only wake the loop. */
export class Prober {
  readonly #deps: { readonly drivers: DriverTable; readonly clock: Clock };
  readonly #changed: (text: KeyText) => void;
  readonly #watches = new Map<KeyText, Watch>();
  readonly #running = new Set<Promise<void>>();
  readonly #turn: (() => void)[] = [];
  #busy = 0;

  constructor(
    deps: { readonly drivers: DriverTable; readonly clock: Clock },
    changed: (text: KeyText) => void,
  ) {
    this.#deps = deps;
    this.#changed = changed;
  }

  /** What is to be probed of it now; undefined: nothing, or it does not run. */
  follow(key: ResourceKey, probed: Probed | undefined): void {
    const text = keyText(key);
    const known = this.#watches.get(text);
    if (known && probed && known.run === probed.run && same(known.probe, probed.probe)) return;
    known?.ended.abort();
    this.#watches.delete(text);
    if (!probed || !this.#driver(key.kind).probe) return;
    const watch: Watch = { ...probed, ended: new AbortController(), readiness: unknown, failures: 0 };
    this.#watches.set(text, watch);
    const running = this.#watch(key, watch)
      .catch(() => undefined)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** What is known of this run; undefined: nothing is probed, so that running is ready. */
  readiness(text: KeyText, probed: Probed | undefined): Readiness | undefined {
    if (!probed) return undefined;
    const watch = this.#watches.get(text);
    return watch?.run === probed.run ? watch.readiness : unknown;
  }

  /** No probe and no timer is left. */
  async close(): Promise<void> {
    for (const { ended } of this.#watches.values()) ended.abort();
    for (const go of this.#turn.splice(0)) go();
    await Promise.all(this.#running);
    this.#watches.clear();
  }

  async #watch(key: ResourceKey, watch: Watch): Promise<void> {
    const { probe, ended } = watch;
    const { clock } = this.#deps;
    const period = (probe.period ?? probeDefaults.period) * 1_000;
    const delay = (probe.initialDelay ?? probeDefaults.initialDelay) * 1_000;
    if (delay > 0) await clock.sleep(delay, ended.signal);
    while (!ended.signal.aborted) {
      const answer = await this.#try(key, watch);
      if (ended.signal.aborted) return;
      this.#judge(keyText(key), watch, answer);
      await clock.sleep(period, ended.signal);
    }
  }

  async #try(key: ResourceKey, { probe, ended }: Watch): Promise<ProbeAnswer> {
    if (this.#busy >= most) await new Promise<void>((go) => this.#turn.push(go));
    this.#busy++;
    try {
      const { signal } = ended;
      const answer = signal.aborted ? undefined : await this.#driver(key.kind).probe?.(key, probe, signal);
      return answer ?? { ok: false, message: 'cannot be probed here' };
    } catch (error) {
      return { ok: false, message: toFailure(error).message };
    } finally {
      this.#busy--;
      this.#turn.shift()?.();
    }
  }

  #judge(text: KeyText, watch: Watch, { ok, message }: ProbeAnswer): void {
    const { readiness, probe } = watch;
    watch.failures = ok ? 0 : watch.failures + 1;
    const failing = watch.failures >= (probe.failureThreshold ?? probeDefaults.failureThreshold);
    // What was ready stays so until it had its chances.
    const ready = ok || (readiness.ready && !failing);
    const hint = probe.hint === undefined ? '' : `; ${probe.hint}`;
    const said = ok ? message : `${message}${hint}`;
    if (ready === readiness.ready && failing === readiness.failing && said === readiness.message) return;
    watch.readiness = { ready, failing, message: said };
    this.#changed(text);
  }

  #driver(kind: Kind): Driver<Kind> {
    return this.#deps.drivers[kind] as unknown as Driver<Kind>;
  }
}

function same(a: Probe, b: Probe): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
