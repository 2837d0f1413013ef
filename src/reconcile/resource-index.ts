import type { KindTable, Probed } from '../kinds/contract.ts';
import { Failure } from '../model/failure.ts';
import { type Def, type KeyText, keyOf, keyText, type Live, type ResourceKey } from '../model/resource.ts';
import { findRenames } from '../plan/renames.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { DesiredState } from '../source/contract.ts';
import type { Approvals } from '../state/approvals.ts';
import type { Store } from '../state/store.ts';
import { circleOf } from './circle-of.ts';
import type { ControllerDeps } from './deps.ts';
import { type Declaration, type Entry, newEntry } from './entry.ts';
import type { Policy } from './gate.ts';
import type { Prober, Readiness } from './prober.ts';
import { Revision } from './revision.ts';

/** Everything that is declared, inventoried or seen here, and who needs whom. */
export class ResourceIndex {
  readonly #kinds: KindTable;
  readonly #store: Store;
  readonly #approvals: Approvals;
  readonly #entries = new Map<KeyText, Entry>();
  readonly #revisions = new Map<string, Revision>();
  /** Who named a key at some time: the places to ask whether it is still needed. */
  readonly #dependants = new Map<KeyText, Set<KeyText>>();
  /** Not observed yet: what they hold on to is not known. */
  readonly #unobserved = new Set<Entry>();

  readonly #prober: Pick<Prober, 'readiness'>;

  constructor(
    { kinds, store, approvals }: Pick<ControllerDeps, 'kinds' | 'store' | 'approvals'>,
    prober: Pick<Prober, 'readiness'>,
  ) {
    this.#kinds = kinds;
    this.#store = store;
    this.#approvals = approvals;
    this.#prober = prober;
  }

  get(text: KeyText): Entry | undefined {
    return this.#entries.get(text);
  }

  /** As `get`, where a person names it. */
  require(key: ResourceKey): Entry {
    const entry = this.get(keyText(key));
    if (entry) return entry;
    throw new Failure('not-found', `there is no ${keyText(key)}`, {
      retry: 'never',
      suggestion: 'qonverge status lists what there is',
    });
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  texts(): IterableIterator<KeyText> {
    return this.#entries.keys();
  }

  revision(origin: string): Revision | undefined {
    return this.#revisions.get(origin);
  }

  revisions(): IterableIterator<Revision> {
    return this.#revisions.values();
  }

  origins(): IterableIterator<string> {
    return this.#revisions.keys();
  }

  /** The entry of this key; made when it is new. */
  add(key: ResourceKey): Entry {
    const text = keyText(key);
    const known = this.#entries.get(text);
    if (known) return known;
    const entry = newEntry(key);
    this.#entries.set(text, entry);
    this.#unobserved.add(entry);
    const def = this.#store.get(key)?.def;
    if (def) this.#needs(text, def);
    return entry;
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry.text);
    this.#unobserved.delete(entry);
  }

  /** A source has spoken. Returns what to look at: what it changed, and what it no longer declares. */
  load(
    origin: string,
    state: DesiredState,
    policy: Partial<Policy> = {},
    by?: string,
  ): { changed: Set<KeyText>; gone: Set<KeyText> } {
    const before = this.#revisions.get(origin);
    const last = before?.state;
    const sameProblems = last?.problems === state.problems;
    const hasOtherProblem = (text: KeyText) =>
      !sameProblems && last?.problems.get(text) !== state.problems.get(text);
    // What waits behind the brake is counted again.
    const changed = new Set(before?.waiting().filter((text) => state.declared.has(text)));
    const gone = new Set<KeyText>();
    let kept = 0;
    for (const [text, declared] of state.declared) {
      const wasDeclared = last?.declared.get(text);
      if (wasDeclared) kept++;
      if (wasDeclared === declared && !hasOtherProblem(text)) continue;
      const entry = this.#entries.get(text) ?? this.add(declared.key);
      const owner = entry.declaration;
      if (owner && owner.origin !== origin) {
        entry.quiet = undefined;
        continue;
      }
      if (owner?.declared !== declared) entry.declaration = { origin, declared };
      const same = owner?.declared.revision === declared.revision;
      if (same && !hasOtherProblem(text)) continue;
      changed.add(text);
      entry.quiet = undefined;
      this.#needs(text, declared.def);
    }
    const removals = new Map<KeyText, Def>();
    const restarted: KeyText[] = [];
    let total = 0;
    for (const [text, record] of this.#store.entries()) {
      if (record.origin.source !== origin) continue;
      total++;
      if (!before && record.restart?.revision === state.revision) restarted.push(text);
      if (state.declared.has(text)) continue;
      gone.add(text);
      if (!state.problems.has(text)) removals.set(text, record.def);
    }
    const renames = this.#renames(state, removals);
    for (const [text, from] of renames) {
      removals.delete(from);
      changed.add(text);
    }
    // Most revisions declare all that the one before did.
    if (last && kept < last.declared.size)
      for (const [text, entry] of this.#entries) {
        if (entry.declaration?.origin !== origin || state.declared.has(text)) continue;
        entry.declaration = this.#declaredElsewhere(text, origin);
        gone.add(text);
      }
    const approved = () => this.#approvals.allowsAll(origin, state.revision);
    const allowed = (what: 'delete' | 'restart') => this.#approvals.keys(what, origin);
    this.#revisions.set(
      origin,
      new Revision(state, {
        changed,
        removals: new Set(removals.keys()),
        total,
        renames,
        restarted,
        approved,
        allowed,
        policy,
        by,
      }),
    );
    return { changed, gone };
  }

  /** The source that this entry belongs to, as far as it is loaded. */
  revisionOf(entry: Entry): Revision | undefined {
    return this.#revisions.get(entry.declaration?.origin ?? this.#store.get(entry.key)?.origin.source ?? '');
  }

  /** What is wrong with the present spec of this entry. */
  problemOf(entry: Entry): string | undefined {
    return this.revisionOf(entry)?.state.problems.get(entry.text);
  }

  /** What is wrong with a spec of this key, in whatever source names it. */
  problemAt(text: KeyText): string | undefined {
    for (const { state } of this.#revisions.values()) {
      const problem = state.problems.get(text);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** Other sources that declare it as well: the first one's word counts. */
  conflictOf({ declaration, text }: Entry): string | undefined {
    if (!declaration || this.#revisions.size < 2) return undefined;
    for (const [origin, { state }] of this.#revisions) {
      if (origin !== declaration.origin && state.declared.has(text))
        return `declared by ${declaration.origin} and by ${origin}; the first counts`;
    }
    return undefined;
  }

  /** Facts were seen: what it holds on to is known from now on. True when that was the last one not known. */
  observed(entry: Entry, live: Live | undefined): boolean {
    if (live !== entry.live && live !== undefined) {
      for (const { key } of rulesOf(this.#kinds, entry.key.kind).uses?.(live) ?? [])
        this.#dependantsOf(keyText(key)).add(entry.text);
    }
    return this.#unobserved.delete(entry) && this.#unobserved.size === 0;
  }

  dependants(text: KeyText): Iterable<KeyText> {
    return this.#dependants.get(text) ?? [];
  }

  /** The first reference that is not there or not ready yet. */
  unready(def: Def): string | undefined {
    for (const { key, path } of rulesOf(this.#kinds, def.kind).references(def)) {
      const entry = this.#entries.get(keyText(key));
      if (!entry) {
        const bad = this.problemAt(keyText(key));
        return `${path} names ${keyText(key)}, ${bad === undefined ? 'which nothing declares' : `whose spec is bad: ${bad}`}`;
      }
      if (this.isAvailable(entry)) continue;
      const circle = circleOf(keyText(keyOf(def)), (text) => this.#needsOf(text));
      return circle ? `needs itself: ${circle.join(' → ')}` : `waits for ${keyText(key)}`;
    }
    return undefined;
  }

  #needsOf(text: KeyText): readonly KeyText[] {
    const entry = this.#entries.get(text);
    const def = entry && (entry.declaration?.declared.def ?? this.#store.get(entry.key)?.def);
    return def
      ? rulesOf(this.#kinds, def.kind)
          .references(def)
          .map(({ key }) => keyText(key))
      : [];
  }

  /** Others may stand on it. */
  isAvailable({ key, ready, live }: Entry): boolean {
    const def = this.#store.get(key)?.def;
    return ready && (!def || (rulesOf(this.#kinds, key.kind).serves?.(def, live) ?? true));
  }

  /** The first reference that does not do its work yet, though it has to before this one starts. */
  notReady(def: Def): string | undefined {
    for (const { key, ready } of rulesOf(this.#kinds, def.kind).references(def)) {
      const entry = ready ? this.#entries.get(keyText(key)) : undefined;
      const readiness = entry && this.readiness(entry);
      if (readiness && !readiness.ready) return `waits until ${keyText(key)} is ready: ${readiness.message}`;
    }
    return undefined;
  }

  /** What its probes say; undefined: it has none, or does not run. */
  readiness(entry: Entry): Readiness | undefined {
    return this.#prober.readiness(entry.text, this.probed(entry));
  }

  /** What is to be probed of it. */
  probed({ key, live }: Entry): Probed | undefined {
    const record = this.#store.get(key);
    if (!record) return undefined;
    const rules = rulesOf(this.#kinds, key.kind);
    const trial = record.trial && rules.safety?.(record.def)?.probe;
    return rules.readiness?.(record.def, live, trial);
  }

  /** Why it may not go yet: something that stays names it or holds on to it, or may do so. */
  neededBy(entry: Entry): string | undefined {
    for (const text of this.dependants(entry.text)) {
      const other = this.#entries.get(text);
      if (other && this.#isNeededBy(entry.text, other)) return `${text} still needs it`;
    }
    const { order } = this.#kinds[entry.key.kind];
    for (const { key, text } of this.#unobserved)
      if (this.#kinds[key.kind].order > order) return `${text} may need it, and could not be looked at yet`;
    return undefined;
  }

  #isNeededBy(text: KeyText, { key, declaration, live }: Entry): boolean {
    const rules = rulesOf(this.#kinds, key.kind);
    const def = declaration?.declared.def ?? this.#store.get(key)?.def;
    const uses = live === undefined ? [] : (rules.uses?.(live) ?? []);
    return [...(def ? rules.references(def) : []), ...uses].some((need) => keyText(need.key) === text);
  }

  #renames(state: DesiredState, gone: ReadonlyMap<KeyText, Def>): ReadonlyMap<KeyText, KeyText> {
    if (gone.size === 0) return new Map();
    const fresh = [...state.declared].filter(([text]) => !this.#store.at(text));
    return findRenames(
      fresh.map(([text, { def }]) => [text, def]),
      gone,
      this.#kinds,
    );
  }

  #declaredElsewhere(text: KeyText, origin: string): Declaration | undefined {
    for (const [other, { state }] of this.#revisions) {
      const declared = other === origin ? undefined : state.declared.get(text);
      if (declared) return { origin: other, declared };
    }
    return undefined;
  }

  #needs(text: KeyText, def: Def): void {
    for (const { key } of rulesOf(this.#kinds, def.kind).references(def))
      this.#dependantsOf(keyText(key)).add(text);
  }

  #dependantsOf(text: KeyText): Set<KeyText> {
    const known = this.#dependants.get(text);
    if (known) return known;
    const made = new Set<KeyText>();
    this.#dependants.set(text, made);
    return made;
  }
}
