import type { Claim, KindRules, KindTable } from '../kinds/contract.ts';
import { type Declared, placeIn } from '../manifest/declared.ts';
import type { DecodedFile } from '../manifest/decoded-file.ts';
import type { Diagnostic, DiagnosticCode } from '../model/diagnostic.ts';
import { type KeyText, type Kind, keyText } from '../model/resource.ts';
import { whereOf } from '../model/where-of.ts';
import { ClaimIndex } from './claim-index.ts';
import type { DesiredState } from './contract.ts';
import { RevisionSum } from './revision-sum.ts';

/** A file as it is, and what it declared when it was last good. */
export interface MergeFile {
  readonly path: string;
  readonly decoded: DecodedFile;
  readonly lastGood?: readonly Declared[];
}

/** What stands at a place of the merge now; undefined: nothing any more. Places are in order of their names. */
export type FileChange = readonly [place: string, file: MergeFile | undefined];

/** Where a resource is declared. */
interface Spot {
  readonly place: string;
  readonly declared: Declared;
}

interface Mistake {
  readonly problem: string;
  readonly diagnostic: Diagnostic;
}

const claimCodes: Readonly<Record<Claim['what'], DiagnosticCode>> = {
  uuid: 'duplicate-uuid',
  mac: 'duplicate-mac',
  disk: 'shared-disk',
  port: 'duplicate-port',
  cid: 'duplicate-cid',
};

const empty: DesiredState = {
  revision: '',
  declared: new Map(),
  diagnostics: [],
  problems: new Map(),
  complete: false,
};

/**
 * Every file into one desired state, over time: a change costs what it concerns. A bad file keeps what it last declared;
 * a name in two files is wrong in both; of two that claim one uuid, MAC or image the one that comes first by name has it.
 */
export class Merger {
  readonly #kinds: KindTable;
  readonly #files = new Map<string, MergeFile>();
  /** Places with something wrong or to be said. */
  readonly #bad = new Set<string>();
  readonly #telling = new Set<string>();
  /** By key: one spot, or several, which is a mistake. */
  readonly #spots = new Map<KeyText, readonly Spot[]>();
  /** Who claims something, of those that are declared once. */
  readonly #claims: ClaimIndex;
  readonly #mistakes = new Map<KeyText, readonly Mistake[]>();
  readonly #revision = new RevisionSum();
  #state = empty;

  constructor(kinds: KindTable) {
    this.#kinds = kinds;
    this.#claims = new ClaimIndex((def) => rulesOf(kinds, def.kind).claims?.(def) ?? []);
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** The same state ⇔ nothing is wanted or said otherwise than before. */
  update(changes: Iterable<FileChange>, frozen?: string): DesiredState {
    const touched = new Set<KeyText>();
    // What any of them claims or claimed may fall to others.
    const concerned = new Set<KeyText>();
    let said = this.#state === empty;
    for (const [place, file] of changes) said = this.#put(place, file, touched, concerned) || said;
    for (const text of touched) {
      concerned.add(text);
      const only = this.#only(text);
      if (only) this.#claims.add(text, only.def, concerned);
    }
    this.#claims.spread(concerned, (text) => this.#only(text)?.def);
    const { declared, told } = this.#judge([...concerned].sort());
    said ||= told;
    const reason = frozen ?? this.#incomplete();
    if (!said && declared === this.#state.declared && reason === this.#state.frozen) return this.#state;
    this.#state = {
      revision: this.#revision.text,
      declared,
      diagnostics: said ? this.#diagnostics() : this.#state.diagnostics,
      problems: said ? this.#problems() : this.#state.problems,
      complete: reason === undefined,
      ...(reason === undefined ? {} : { frozen: reason }),
    };
    return this.#state;
  }

  /** True: something is said otherwise. */
  #put(place: string, file: MergeFile | undefined, touched: Set<KeyText>, concerned: Set<KeyText>): boolean {
    const before = this.#files.get(place);
    const touch = ({ key }: Declared): KeyText => {
      const text = keyText(key);
      const only = touched.has(text) ? undefined : this.#only(text);
      if (only) this.#claims.remove(text, only.def, concerned);
      touched.add(text);
      return text;
    };
    for (const declared of presentIn(before)) {
      const text = touch(declared);
      const left = (this.#spots.get(text) ?? []).filter((spot) => spot.place !== place);
      if (left.length > 0) this.#spots.set(text, left);
      else this.#spots.delete(text);
    }
    if (file) this.#files.set(place, file);
    else this.#files.delete(place);
    for (const declared of presentIn(file)) {
      const text = touch(declared);
      const spots = [...(this.#spots.get(text) ?? []), { place, declared }];
      this.#spots.set(text, spots.length > 1 ? spots.sort(byPlace) : spots);
    }
    toggle(this.#bad, place, file !== undefined && errorsOf(file).length > 0);
    toggle(this.#telling, place, file !== undefined && file.decoded.diagnostics.length > 0);
    return [before, file].some((one) => one && one.decoded.diagnostics.length > 0);
  }

  /** What is declared at one spot, and no other. */
  #only(text: KeyText): Declared | undefined {
    const spots = this.#spots.get(text);
    return spots?.length === 1 ? spots[0]?.declared : undefined;
  }

  /** Who has what, of these in order of their names: all that might contend with each other. */
  #judge(texts: readonly KeyText[]): { declared: DesiredState['declared']; told: boolean } {
    const owners = new Map<string, Owner>();
    const changes: [KeyText, Declared | undefined][] = [];
    let told = false;
    for (const text of texts) {
      const spots = this.#spots.get(text) ?? [];
      const [first] = spots;
      const mistakes = spots.length > 1 ? duplicates(text, spots) : [];
      const conflict = first && spots.length === 1 ? this.#conflict(first.declared, owners) : undefined;
      if (conflict) mistakes.push(conflict);
      told ||= mistakes.length > 0 || this.#mistakes.has(text);
      if (mistakes.length > 0) this.#mistakes.set(text, mistakes);
      else this.#mistakes.delete(text);
      const wanted = mistakes.length > 0 ? undefined : first?.declared;
      const before = this.#state.declared.get(text);
      if (before === wanted) continue;
      if (before) this.#revision.remove(text, before.revision);
      if (wanted) this.#revision.add(text, wanted.revision);
      changes.push([text, wanted]);
    }
    return { declared: changed(this.#state.declared, changes), told };
  }

  /** The first of its claims that belongs to another; else all of them are its own from here on. */
  #conflict(declared: Declared, owners: Map<string, Owner>): Mistake | undefined {
    const claims = rulesOf(this.#kinds, declared.key.kind).claims?.(declared.def) ?? [];
    for (const { what, value, shared = false, path } of claims) {
      const owner = owners.get(`${what} ${value}`);
      if (!owner || (owner.shared && shared)) continue;
      return mistake(
        declared,
        claimCodes[what],
        `${what} ${value} belongs to ${keyText(owner.declared.key)} (${owner.declared.file})`,
        path,
        what === 'disk'
          ? 'mark it readonly or shareable in both, or give each its own'
          : `give it another ${what}`,
      );
    }
    for (const { what, value, shared = false } of claims)
      owners.set(`${what} ${value}`, { declared, shared });
    return undefined;
  }

  #incomplete(): string | undefined {
    if (this.#files.size === 0) return 'the source is empty: nothing is removed';
    return this.#bad.size + this.#mistakes.size > 0
      ? 'a file of the source is bad: nothing is removed until it is mended'
      : undefined;
  }

  #diagnostics(): readonly Diagnostic[] {
    const ofFiles = [...this.#telling]
      .sort()
      .flatMap((place) => this.#files.get(place)?.decoded.diagnostics ?? []);
    return unique([
      ...ofFiles,
      ...this.#sortedMistakes().flatMap(([, found]) => found.map((one) => one.diagnostic)),
    ]);
  }

  #problems(): ReadonlyMap<KeyText, string> {
    const problems = new Map<KeyText, string>();
    for (const place of [...this.#bad].sort()) {
      const file = this.#files.get(place);
      if (!file) continue;
      const errors = errorsOf(file);
      // A misspelled field is also a missing one: the word that stands there says more.
      const first = errors.find(({ code }) => code !== 'missing-field') ?? errors[0];
      if (!first) continue;
      const where = `${whereOf(first)}: ${first.message}`;
      const { decoded, lastGood = [] } = file;
      for (const key of [...decoded.mentioned, ...lastGood.map(({ key }) => keyText(key))])
        problems.set(key, where);
    }
    for (const [text, found] of this.#sortedMistakes())
      for (const { problem } of found) problems.set(text, problem);
    return problems;
  }

  #sortedMistakes(): [KeyText, readonly Mistake[]][] {
    return [...this.#mistakes].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface Owner {
  readonly declared: Declared;
  readonly shared: boolean;
}

function duplicates(text: KeyText, spots: readonly Spot[]): Mistake[] {
  return spots.map((spot) => {
    const others = spots
      .filter((other) => other !== spot)
      .map(({ declared: { file, position } }) => `${file}:${position.line}`);
    const message = `${text} is declared in ${others.join(', ')} as well`;
    return mistake(spot.declared, 'duplicate-resource', message, 'metadata.name', 'keep one of them');
  });
}

function mistake(
  declared: Declared,
  code: DiagnosticCode,
  message: string,
  path: string,
  suggestion: string,
): Mistake {
  const place = placeIn(declared, path);
  return {
    problem: `${place.file}:${place.line}: ${message}`,
    diagnostic: { severity: 'error', code, message, ...place, path, suggestion },
  };
}

/** A new map, in order of names; the same one where nothing changed. */
function changed(
  before: DesiredState['declared'],
  changes: readonly (readonly [KeyText, Declared | undefined])[],
): DesiredState['declared'] {
  if (changes.length === 0) return before;
  const after = new Map(before);
  for (const [text, declared] of changes) {
    if (declared) after.set(text, declared);
    else after.delete(text);
  }
  const isNew = changes.some(([text, declared]) => declared && !before.has(text));
  return isNew ? new Map([...after].sort(([a], [b]) => (a < b ? -1 : 1))) : after;
}

/** What a file declares, or declared when it was last good. */
export function presentIn(file: MergeFile | undefined): readonly Declared[] {
  if (!file) return [];
  return errorsOf(file).length > 0 ? (file.lastGood ?? []) : file.decoded.declared;
}

function errorsOf({ decoded }: MergeFile): readonly Diagnostic[] {
  const { diagnostics } = decoded;
  return diagnostics.length === 0 ? diagnostics : diagnostics.filter(({ severity }) => severity === 'error');
}

function byPlace(a: Spot, b: Spot): number {
  return a.place < b.place ? -1 : a.place > b.place ? 1 : 0;
}

function toggle(set: Set<string>, one: string, isIn: boolean): void {
  if (isIn) set.add(one);
  else set.delete(one);
}

function rulesOf(kinds: KindTable, kind: Kind): KindRules<Kind> {
  return kinds[kind] as unknown as KindRules<Kind>;
}

/** A mistake in what many are built from is one mistake. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.length < 2
    ? [...diagnostics]
    : [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}

/** References that nothing in this source declares. For checks; the loop waits for them instead. */
export function missingReferences(state: DesiredState, kinds: KindTable): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const item of state.declared.values()) {
    for (const { key, path } of rulesOf(kinds, item.key.kind).references(item.def)) {
      if (state.declared.has(keyText(key))) continue;
      const message = `${keyText(key)} is not declared`;
      found.push({
        severity: 'error',
        code: 'missing-reference',
        message,
        ...placeIn(item, path),
        path,
        suggestion: `declare a ${key.kind} named ${key.name}`,
      });
    }
  }
  return found;
}
