import { readTextSync, writeAtomic } from '../../host/files.ts';
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
import type { Driver, DriverEvent } from '../contract.ts';

/** Every kind's live facts, in memory: a host without a host. Shared by the drivers of all kinds. */
export class TestWorld {
  readonly live = new Map<KeyText, { key: ResourceKey; live: Live }>();
  /** Every action performed, in order; what "does nothing" means is that this does not grow. */
  readonly actions: { key: ResourceKey; action: Action }[] = [];
  readonly listeners = new Set<(event: DriverEvent) => void>();
  /** Thrown once by the next perform on this key. */
  readonly failures = new Map<KeyText, Failure>();
  /** Keeps the world between two commands. */
  readonly file: string | undefined;
  /** What a probe of this key answers. Absent: that it works. */
  readonly answers = new Map<KeyText, ProbeAnswer>();
  #saving: Promise<void> = Promise.resolve();
  #dirty = false;

  constructor(file?: string) {
    this.file = file;
    if (file === undefined) return;
    try {
      for (const row of JSON.parse(readTextSync(file)) as { key: ResourceKey; live: Live }[])
        this.live.set(keyText(row.key), row);
    } catch {
      // An empty world.
    }
  }

  /** Makes something happen from outside, and tells. */
  happen(event: DriverEvent, change?: (live: Live) => Live): void {
    const row = this.live.get(keyText(event.key));
    if (row && change) row.live = change(row.live);
    for (const listener of this.listeners) listener(event);
  }

  save(): Promise<void> {
    if (this.file === undefined) return Promise.resolve();
    this.#dirty = true;
    const { file } = this;
    this.#saving = this.#saving.then(async () => {
      if (!this.#dirty) return;
      this.#dirty = false;
      await writeAtomic(file, JSON.stringify([...this.live.values()]));
    });
    return this.#saving;
  }
}

/** Performs by the kind's own `apply`: what the planner believes, and nothing else. */
export function createTestDriver<K extends Kind>(
  kind: K,
  kinds: KindTable,
  world: TestWorld,
  capabilities: (def: Def<K>) => Capabilities<K>,
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
      if (after === undefined) world.live.delete(text);
      else if (after !== before) world.live.set(text, { key, live: after });
      await world.save();
    },
    capabilities: (def) => Promise.resolve(capabilities(def)),
    probe: (key) => Promise.resolve(world.answers.get(keyText(key)) ?? { ok: true, message: 'works' }),
    events(listener) {
      world.listeners.add(listener);
      return () => world.listeners.delete(listener);
    },
    close: () => world.save(),
  };
}
