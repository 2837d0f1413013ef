import { Failure } from '../model/failure.ts';
import { type Def, type KeyText, keyText } from '../model/resource.ts';
import { uuidOf } from '../plan/uuid-of.ts';
import type { ControllerDeps } from './deps.ts';
import type { ResourceIndex } from './resource-index.ts';

/**
 * Who on this host has which uuid, whatever source it comes from: processes, taps and control groups go by it. Whoever was
 * accepted first keeps it.
 */
export class Identities {
  readonly #deps: Pick<ControllerDeps, 'kinds' | 'store'>;
  readonly #index: ResourceIndex;
  #holders: Map<string, KeyText> | undefined;
  /** By holder: who would have what it has. */
  readonly #waiting = new Map<KeyText, Set<KeyText>>();

  constructor(deps: Pick<ControllerDeps, 'kinds' | 'store'>, index: ResourceIndex) {
    this.#deps = deps;
    this.#index = index;
  }

  /** Takes what this definition says for this key; throws when another one has it. */
  take(text: KeyText, def: Def): void {
    const uuid = uuidOf(def, this.#deps.kinds);
    if (uuid === undefined) return;
    const holders = this.#all();
    const holder = holders.get(uuid);
    if (holder === undefined || holder === text || !this.#has(holder, uuid)) {
      holders.set(uuid, text);
      return;
    }
    const waiting = this.#waiting.get(holder) ?? new Set();
    this.#waiting.set(holder, waiting.add(text));
    throw new Failure('domain-conflict', `uuid ${uuid} belongs to ${holder}`, {
      retry: { after: 30_000 },
      suggestion: `give it another uuid, or none; or remove ${holder}`,
    });
  }

  /** It is gone. Returns who waited for that. */
  release(text: KeyText): Iterable<KeyText> {
    const waiting = this.#waiting.get(text) ?? [];
    this.#waiting.delete(text);
    return waiting;
  }

  #all(): Map<string, KeyText> {
    if (this.#holders) return this.#holders;
    this.#holders = new Map();
    for (const { key, def } of this.#deps.store.all()) {
      const uuid = uuidOf(def, this.#deps.kinds);
      if (uuid !== undefined && !this.#holders.has(uuid)) this.#holders.set(uuid, keyText(key));
    }
    return this.#holders;
  }

  /** It was accepted with it, or is about to be. */
  #has(holder: KeyText, uuid: string): boolean {
    const entry = this.#index.get(holder);
    const coming = entry?.declaration && entry.completed?.def;
    return [this.#deps.store.at(holder)?.def, coming].some(
      (def) => def && uuidOf(def, this.#deps.kinds) === uuid,
    );
  }
}
