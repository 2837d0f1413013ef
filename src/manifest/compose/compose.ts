import type { KindRules, KindTable } from '../../kinds/contract.ts';
import { nearest } from '../../kinds/shape/nearest.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Kind } from '../../model/resource.ts';
import type { Declared } from '../declared.ts';
import type { DecodeOptions, FileParts } from '../decoded-file.ts';
import { ClassScope } from './class-scope.ts';
import { composeLimits } from './compose-limits.ts';
import type { DomainClass } from './domain-class.ts';
import type { Draft } from './draft.ts';
import { type Composed, DraftBuilder } from './draft-builder.ts';
import { type Overlay, overlayFile } from './overlay.ts';
import { isWithin, resolveFrom } from './paths.ts';
import { diagnosticOf, type PlacedProblem } from './placed-problem.ts';
import { nodeOf, type Place, type SpecNode, textOf } from './spec-node.ts';
import { substitute, type Values } from './substitute.ts';
import { type ComposedFile, isOverlayFile, ruledBy, type Unit, unitsOf, unruled } from './units.ts';

export interface ComposeOptions extends DecodeOptions {
  /** Nothing outside this directory is ever taken. */
  readonly root: string;
  /** Values from outside: they win over all others. */
  readonly values?: Values;
}

/**
 * Bases, patches, values and classes of one source made into resources. It remembers what it made: a change of one file
 * makes anew what was built from it, and nothing else.
 */
export class Composition {
  readonly #kinds: KindTable;
  readonly #options: ComposeOptions;
  readonly #filled = new WeakMap<SpecNode, Map<string, { node: SpecNode; problems: PlacedProblem[] }>>();
  readonly #builder: DraftBuilder;
  #units = new Map<string, Unit>();
  #files = new Map<string, ComposedFile>();
  #scope = new ClassScope([]);
  #ruled: (file: string) => boolean = () => false;
  #trouble: Composed[] = [];
  #count = 0;

  constructor(kinds: KindTable, options: ComposeOptions) {
    this.#kinds = kinds;
    this.#options = options;
    this.#builder = new DraftBuilder(kinds, options);
  }

  compose(files: readonly ComposedFile[]): readonly Composed[] {
    this.#trouble = [];
    this.#count = 0;
    this.#builder.begin();
    this.#files = new Map(files.map((file) => [file.file, file]));
    this.#units = unitsOf(files);
    this.#scope = new ClassScope(files);
    this.#ruled = ruledBy(this.#files.keys());
    const drafts: Draft[] = [];
    for (const unit of this.#units.values()) {
      const lent = unit.file === undefined || this.#files.get(unit.file)?.lent;
      if (unit.overlay?.base || (lent && unit.members.every((member) => member.lent))) continue;
      const taken = this.#take(unit, this.#options.values, []);
      drafts.push(...taken.filter(({ file }) => !this.#files.get(file)?.lent));
    }
    return [...this.#trouble, ...drafts.map((draft) => this.#builder.build(draft))];
  }

  /**
   * What the documents of one file make, which no overlay rules and which has nothing for others; all else is as it was.
   * undefined: they have to be composed together.
   */
  composeOne(file: string, parts: FileParts | undefined): readonly Composed[] | undefined {
    const free = this.#units.get(unruled);
    if (!free) return undefined;
    this.#builder.forget(file);
    const values = this.#valuesOf(free, this.#options.values);
    const drafts = (parts?.documents ?? []).map((document) => this.#draft(document, file, free, values, []));
    const composed = drafts.map((draft) => this.#builder.build(draft));
    return this.#builder.isFull ? undefined : composed;
  }

  /** Whether an overlay rules a file: what it declares counts only as composed. */
  rules(file: string): boolean {
    return !isOverlayFile(file) && this.#ruled(file);
  }

  /** Everything that a directory stands for, its bases first. */
  #take(unit: Unit, outer: Values | undefined, trail: readonly Unit[]): Draft[] {
    const { overlay } = unit;
    const values = this.#valuesOf(unit, outer);
    const drafts: Draft[] = [];
    for (const base of overlay?.bases ?? []) drafts.push(...this.#takeBase(unit, base, values, trail));
    const ofBases = this.#classesOfBases(unit);
    for (const { file, parts, declared } of unit.members) {
      for (const document of parts?.documents ?? [])
        drafts.push(this.#draft(document, file, unit, values, ofBases));
      const find = (name: string) => this.#scope.find(name, file, ofBases);
      for (const whole of unit.file === undefined ? [] : declared)
        drafts.push({ ...this.#asRead(whole), problems: unreadable(unit), find });
    }
    this.#count += drafts.length;
    return overlay ? this.#patch(overlay, drafts, values) : drafts;
  }

  #draft(
    document: SpecNode,
    file: string,
    unit: Unit,
    values: Values | undefined,
    ofBases: readonly DomainClass[],
  ): Draft {
    const { node, problems } = this.#fill(document, values);
    return {
      file,
      place: document.place,
      node,
      problems: [...problems, ...unreadable(unit)],
      patches: [],
      from: [],
      find: (name) => this.#scope.find(name, file, ofBases),
    };
  }

  #asRead(whole: Declared): Omit<Draft, 'find' | 'problems'> {
    const { file, def, position } = whole;
    const rules = this.#kinds[def.kind] as unknown as KindRules<Kind>;
    const place = { ...position, file };
    const { spec: _, ...head } = rules.codec.toYaml(def) as Readonly<Record<string, unknown>>;
    return { file, place, whole, node: nodeOf(head, place), patches: [], from: [] };
  }

  #takeBase(
    unit: Unit,
    { path, place }: { readonly path: string; readonly place: Place },
    values: Values | undefined,
    trail: readonly Unit[],
  ): Draft[] {
    const found = resolveFrom(unit.directory, path);
    const report = (code: Diagnostic['code'], message: string, suggestion: string) => {
      this.#report({ code, message, place, suggestion });
      return [];
    };
    if (found === undefined || !isWithin(found, this.#options.root))
      return report(
        'outside-source',
        `base ${path} lies outside the source`,
        'keep it in the same repository or work tree',
      );
    const base = this.#units.get(found);
    if (!base?.overlay || base.directory !== found)
      return report(
        'missing-reference',
        `there is no ${overlayFile} in base ${path}`,
        `write one with base: true into ${found}`,
      );
    const way = [...trail, unit];
    if (way.includes(base)) {
      const names = [...way.slice(way.indexOf(base)), base].map(({ directory }) => directory || '.');
      return report(
        'reference-cycle',
        `bases go round in a circle: ${names.join(' → ')}`,
        'take one of them out',
      );
    }
    if (!base.overlay.base)
      return report(
        'conflicting-options',
        `${path} is no base: it declares its specs itself`,
        `write base: true into ${base.file}`,
      );
    if (way.length >= composeLimits.depth)
      return report(
        'limit-exceeded',
        `bases of bases, more than ${composeLimits.depth} deep`,
        'make it flatter',
      );
    if (this.#count > composeLimits.documents)
      return report(
        'limit-exceeded',
        `more than ${composeLimits.documents} resources from bases`,
        'take fewer bases',
      );
    const file = unit.file ?? place.file;
    return this.#take(base, values, way).map((draft) => ({
      ...draft,
      file,
      place,
      from: [`${draft.place.file}:${draft.place.line}`, ...draft.from],
    }));
  }

  /** Absent: references are plain text here. */
  #valuesOf({ directory, overlay }: Unit, outer: Values | undefined): Values | undefined {
    if (!overlay?.values && !outer && !overlay?.valuesFiles.length) return undefined;
    const files = (overlay?.valuesFiles ?? []).map(({ path, place }) => {
      const found = resolveFrom(directory, path);
      const values = found === undefined ? undefined : this.#files.get(found)?.parts?.values;
      if (!values)
        this.#report({
          code:
            found !== undefined && isWithin(found, this.#options.root)
              ? 'missing-reference'
              : 'outside-source',
          message: `${path} is no file of kind Values in this source`,
          place,
          suggestion: 'it begins with apiVersion: qonverge/v1, kind: Values',
        });
      return values;
    });
    return Object.assign({}, ...files, overlay?.values, outer) as Values;
  }

  #fill(node: SpecNode, values: Values | undefined): { node: SpecNode; problems: PlacedProblem[] } {
    if (!values) return { node, problems: [] };
    const known = this.#filled.get(node) ?? new Map();
    this.#filled.set(node, known);
    const text = JSON.stringify(values);
    const before = known.get(text);
    if (before) return before;
    const problems: PlacedProblem[] = [];
    const filled = { node: substitute({ ...node }, values, (problem) => problems.push(problem)), problems };
    known.set(text, filled);
    return filled;
  }

  #patch(overlay: Overlay, drafts: readonly Draft[], values: Values | undefined): Draft[] {
    let found = [...drafts];
    for (const { place, kind, name, labels, patch } of overlay.patches) {
      const { node, problems } = this.#fill(patch, values);
      let hits = 0;
      found = found.map((draft): Draft => {
        const fits =
          (kind === undefined || textOf(draft.node, 'kind') === kind) &&
          (name === undefined || textOf(draft.node, 'metadata', 'name') === name) &&
          Object.entries(labels).every(([key, value]) => labelOf(draft, key) === value);
        if (!fits) return draft;
        hits++;
        return {
          ...draft,
          patches: [...draft.patches, node],
          problems: [...draft.problems, ...problems],
          from: [...draft.from, `${place.file}:${place.line}`],
        };
      });
      if (hits > 0) continue;
      const names = found.flatMap((draft) => textOf(draft.node, 'metadata', 'name') ?? []);
      const near = name === undefined ? undefined : nearest(name, names);
      const suggestion =
        near && near !== name ? `did you mean ${near}?` : 'correct its target, or take it out';
      this.#report({ code: 'unmatched-patch', message: 'this patch fits nothing here', place, suggestion });
    }
    return found;
  }

  #classesOfBases(unit: Unit): readonly DomainClass[] {
    const bases: Unit[] = [];
    const visit = (one: Unit) => {
      for (const { path } of one.overlay?.bases ?? []) {
        const base = this.#units.get(resolveFrom(one.directory, path) ?? '\0');
        if (!base || base === unit || bases.includes(base) || bases.length > 100) continue;
        bases.push(base);
        visit(base);
      }
    };
    visit(unit);
    return bases.flatMap(({ members }) => members.flatMap(({ parts }) => parts?.classes ?? []));
  }

  #report(problem: PlacedProblem): void {
    const { place } = problem;
    this.#trouble.push({
      file: place.file,
      declared: [],
      mentioned: [],
      diagnostics: [diagnosticOf(problem)],
    });
  }
}

function labelOf({ whole, node }: Draft, label: string): string | undefined {
  const labels = whole?.def.metadata.labels;
  if (whole) return labels && Object.hasOwn(labels, label) ? labels[label] : undefined;
  return textOf(node, 'metadata', 'labels', label);
}

/** What its overlay would make of it nobody knows. */
function unreadable({ file, overlay }: Unit): readonly PlacedProblem[] {
  if (file === undefined || overlay) return [];
  const place = { file, line: 1, column: 1 };
  return [
    {
      code: 'missing-reference',
      message: `${overlayFile} cannot be read, and it rules this directory`,
      place,
      suggestion: 'mend it',
    },
  ];
}
