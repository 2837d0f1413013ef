import { AppendLog } from '../../host/append-log.ts';
import type { KindTable } from '../../kinds/contract.ts';
import { Failure } from '../../model/failure.ts';
import type { ProbeAnswer } from '../../model/probe.ts';
import {
  type Action,
  type Capabilities,
  type Def,
  type KeyText,
  type Kind,
  keyText,
  type Live,
  type ResourceKey,
} from '../../model/resource.ts';
import { withMembers } from '../../model/with-members.ts';
import type { Driver, DriverEvent } from '../contract.ts';

/** Every kind's live facts, in memory: a host without a host. Shared by the drivers of all kinds. */
export class TestWorld {
  readonly live = new Map<KeyText, { key: ResourceKey; live: Live }>();
  /** Every action performed, in order; what "does nothing" means is that this does not grow. */
  readonly actions: { key: ResourceKey; action: Action }[] = [];
  readonly listeners = new Set<(event: DriverEvent) => void>();
  /** Thrown once by the next perform on this key. */
  readonly failures = new Map<KeyText, Failure>();
  /** Keeps the world between two commands: a line for each change. */
  readonly #log: AppendLog | undefined;
  readonly #accepted: (key: ResourceKey) => Def | undefined;
  /** What a probe of this key answers. Absent: that it works. */
  readonly answers = new Map<KeyText, ProbeAnswer>();

  /** `accepted`: the inventory, which alone keeps definitions beyond a command, as with QEMU. */
  constructor(file?: string, accepted: (key: ResourceKey) => Def | undefined = () => undefined) {
    this.#log = file === undefined ? undefined : new AppendLog(file);
    this.#accepted = accepted;
    for (const line of this.#log?.lines() ?? []) this.#replay(line);
  }

  set(key: ResourceKey, live: Live | undefined): void {
    if (live === undefined) this.live.delete(keyText(key));
    else this.live.set(keyText(key), { key, live });
    // At the cost of this change, however large the world is.
    this.#log?.append([JSON.stringify({ key, live: live && { ...live, defined: undefined } })]);
  }

  /** Makes something happen from outside, and tells. */
  happen(event: DriverEvent, change?: (live: Live) => Live): void {
    const row = this.live.get(keyText(event.key));
    if (row && change) row.live = change(row.live);
    for (const listener of this.listeners) listener(event);
  }

  #replay(line: string): void {
    try {
      const { key, live } = JSON.parse(line) as { key: ResourceKey; live?: Live };
      if (live === undefined) this.live.delete(keyText(key));
      else this.live.set(keyText(key), { key, live: this.#withDefined(key, live) });
    } catch {
      // The last line of a writer that was killed.
    }
  }

  #withDefined(key: ResourceKey, live: Live): Live {
    const defined = this.#accepted(key);
    return defined ? (withMembers(live, { defined }) as Live) : live;
  }
}

/** Performs by the kind's own `apply`: what the planner believes, and nothing else. */
export function createTestDriver<K extends Kind>(
  kind: K,
  kinds: KindTable,
  world: TestWorld,
  capabilities: (def: Def<K> | undefined) => Capabilities<K>,
  remembered: (key: ResourceKey<K>, live: Live<K>) => Live<K> = (_, live) => live,
): Driver<K> {
  const rules = kinds[kind];
  return {
    name: 'test',
    kind,
    open: () => Promise.resolve(),
    list: () =>
      Promise.resolve(
        [...world.live.values()]
          .filter(({ key }) => key.kind === kind)
          .map(({ key }) => key as ResourceKey<K>),
      ),
    observe: (key) => {
      const live = world.live.get(keyText(key))?.live as Live<K> | undefined;
      return Promise.resolve(live && remembered(key, live));
    },
    async perform(key, action, signal) {
      if (signal.aborted) throw new Failure('cancelled', 'cancelled');
      const text = keyText(key);
      const failure = world.failures.get(text);
      if (failure) {
        world.failures.delete(text);
        throw failure;
      }
      world.actions.push({ key, action });
      const before = world.live.get(text)?.live as Live<K> | undefined;
      const after = rules.apply(before, action, key);
      if (after !== before) world.set(key, after);
    },
    rename(from, to) {
      const live = world.live.get(keyText(from))?.live as Live<K> | undefined;
      if (live) world.set(to, rules.rename?.(live, to) ?? live);
      world.set(from, undefined);
      return Promise.resolve();
    },
    capabilities: (def) => Promise.resolve(capabilities(def)),
    probe: (key) => Promise.resolve(world.answers.get(keyText(key)) ?? { ok: true, message: 'works' }),
    events(listener) {
      world.listeners.add(listener);
      return () => world.listeners.delete(listener);
    },
    close: () => Promise.resolve(),
  };
}
