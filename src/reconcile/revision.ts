import type { KeyText } from '../model/resource.ts';
import { brake } from '../plan/brake.ts';
import type { DesiredState } from '../source/contract.ts';
import type { Policy } from './gate.ts';

export interface RevisionScope {
  /** Changed by this revision. Until all were looked at, nobody knows how many restarts it means. */
  readonly changed: Iterable<KeyText>;
  /** Which of this source's resources it no longer declares, of how many. */
  readonly removals: ReadonlySet<KeyText>;
  readonly total: number;
  /** What this revision only calls by another name, if all of it was read: old keys by new ones. */
  readonly renames: ReadonlyMap<KeyText, KeyText>;
  /** Restarted for this revision already, in an earlier life. */
  readonly restarted: Iterable<KeyText>;
  /** A person let all of it through. */
  readonly approved: () => boolean;
  /** Those that a person let through by name. */
  readonly allowed: (what: 'delete' | 'restart') => ReadonlySet<KeyText>;
  /** What this source may do, where that is not what all may do. */
  readonly policy: Partial<Policy>;
  /** The person who applies it; absent: the daemon. */
  readonly by?: string | undefined;
}

/** One revision of a source and how much it disturbs: the memory of the brake. */
export class Revision {
  readonly state: DesiredState;
  readonly policy: Partial<Policy>;
  readonly by: string | undefined;
  readonly renames: ReadonlyMap<KeyText, KeyText>;
  readonly #renamedTo: ReadonlyMap<KeyText, KeyText>;
  readonly #unseen: Set<KeyText>;
  readonly #restarting: Set<KeyText>;
  readonly #restarted: Set<KeyText>;
  readonly #removals: ReadonlySet<KeyText>;
  readonly #total: number;
  readonly #approved: RevisionScope['approved'];
  readonly #allowed: RevisionScope['allowed'];

  constructor(
    state: DesiredState,
    { changed, removals, total, renames, restarted, approved, allowed, policy, by }: RevisionScope,
  ) {
    this.state = state;
    this.policy = policy;
    this.by = by;
    this.renames = renames;
    this.#renamedTo = new Map([...renames].map(([to, from]) => [from, to]));
    this.#unseen = new Set(changed);
    this.#restarting = new Set(restarted);
    this.#restarted = new Set(restarted);
    this.#removals = removals;
    this.#total = total;
    this.#approved = approved;
    this.#allowed = allowed;
  }

  renamedTo(text: KeyText): KeyText | undefined {
    return this.#renamedTo.get(text);
  }

  get approved(): boolean {
    return this.#approved();
  }

  /** What this key needs is known now. Returns the keys that waited for that. */
  saw(text: KeyText, restarts: boolean): readonly KeyText[] {
    if (restarts) this.#restarting.add(text);
    else if (!this.#restarted.has(text)) this.#restarting.delete(text);
    return this.#unseen.delete(text) && this.#unseen.size === 0 ? this.waiting() : [];
  }

  /** True: it counts. What was let through by name never does, also when that is used up. */
  restarted(text: KeyText): boolean {
    const counts = !this.#allowed('restart').has(text);
    if (counts) this.#restarting.add(text);
    else this.#restarting.delete(text);
    this.#restarted.add(text);
    return counts;
  }

  /** Want a restart and had none yet. */
  waiting(): readonly KeyText[] {
    return [...this.#restarting].filter((text) => !this.#restarted.has(text));
  }

  removalBrake(text: KeyText): string | undefined {
    const allowed = this.#allowed('delete');
    if (this.approved || allowed.has(text)) return undefined;
    return brake('removals', without(this.#removals, allowed), this.#total);
  }

  /** All of them wait, not only those past the limit. */
  restartBrake(text: KeyText): { readonly braked?: string; readonly blockedBy?: string } {
    const allowed = this.#allowed('restart');
    if (this.approved || allowed.has(text)) return {};
    const braked = brake('restarts', without(this.#restarting, allowed), this.state.declared.size);
    if (braked !== undefined) return { braked };
    return this.#unseen.size > 0 ? { blockedBy: 'the rest of this revision is looked at first' } : {};
  }
}

/** How many are left; each of many asks this, and few are let through by name. */
function without(keys: ReadonlySet<KeyText>, allowed: ReadonlySet<KeyText>): number {
  let left = keys.size;
  for (const text of allowed) if (keys.has(text)) left--;
  return left;
}
