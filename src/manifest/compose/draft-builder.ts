import type { KindRules, KindTable } from '../../kinds/contract.ts';
import { type Kind, keyText } from '../../model/resource.ts';
import type { Declared } from '../declared.ts';
import { decodeNode } from '../decode.ts';
import type { DecodedFile, DecodeOptions } from '../decoded-file.ts';
import type { FoundClass } from './class-scope.ts';
import { composeLimits } from './compose-limits.ts';
import type { DomainClass } from './domain-class.ts';
import type { Draft } from './draft.ts';
import { instantiate } from './instantiate.ts';
import { mergePatch } from './merge-patch.ts';
import { diagnosticOf, type PlacedProblem } from './placed-problem.ts';
import { fieldOf, nodeOf, type Place, type SpecNode, sizeOf, textOf } from './spec-node.ts';

/** One resource with what belongs to it, the first of those it mentions; or the trouble of an overlay. */
export interface Composed extends DecodedFile {
  readonly file: string;
}

/** Makes drafts into resources: patches, classes and decoding. A draft that comes again is found as it was built. */
export class DraftBuilder {
  readonly #kinds: KindTable;
  readonly #options: DecodeOptions;
  readonly #built = new WeakMap<SpecNode, { inputs: readonly unknown[]; built: Composed }>();
  /** Values that are built from classes, in all and by file. */
  #size = 0;
  readonly #sizes = new Map<string, number>();

  constructor(kinds: KindTable, options: DecodeOptions) {
    this.#kinds = kinds;
    this.#options = options;
  }

  /** Starts a count anew: everything is built again, or found as it was. */
  begin(): void {
    this.#size = 0;
    this.#sizes.clear();
  }

  /** Its file is built alone and anew. */
  forget(file: string): void {
    this.#size -= this.#sizes.get(file) ?? 0;
    this.#sizes.delete(file);
  }

  /** More is built from classes than one source may: who may still be built is decided over all. */
  get isFull(): boolean {
    return this.#size > composeLimits.values;
  }

  build(draft: Draft): Composed {
    const { node, file, place, patches, whole, problems, from } = draft;
    if (whole && patches.length === 0 && problems.length === 0) {
      const declared = whole.file === file ? whole : { ...whole, file, position: place, from };
      return { file, declared: [declared], diagnostics: [], mentioned: [keyText(whole.key)] };
    }
    const named = textOf(node, 'spec', 'class');
    const found = named === undefined ? undefined : draft.find(named);
    const domainClass = found && 'one' in found ? found.one : undefined;
    if (domainClass) this.#grow(file, domainClass.size + sizeOf(node));
    const inputs = [file, place.line, domainClass ?? JSON.stringify(found), ...problems, ...patches];
    const before = this.#built.get(node);
    if (before?.inputs.length === inputs.length && before.inputs.every((one, at) => one === inputs[at]))
      return before.built;
    const built = this.#make(draft, found);
    this.#built.set(node, { inputs, built });
    return built;
  }

  #grow(file: string, size: number): void {
    this.#size += size;
    this.#sizes.set(file, (this.#sizes.get(file) ?? 0) + size);
  }

  #make(
    { node, file, place, patches, whole, problems, from, find: _ }: Draft,
    found: FoundClass | undefined,
  ): Composed {
    const patched = patches.reduce(
      (below, patch) => mergePatch(below, patch, { keepNulls: found !== undefined }),
      whole ? this.#nodeOfWhole(whole) : node,
    );
    const name = textOf(patched, 'metadata', 'name') ?? '';
    const key = keyText({ kind: textOf(patched, 'kind') as Kind, name });
    const wrong = problems.length > 0 ? problems : found ? classProblems(patched, found) : [];
    const made =
      found && 'one' in found && wrong.length === 0 ? this.#instantiate(patched, found.one) : undefined;
    const trouble = made ? made.problems : wrong;
    if (trouble.length > 0)
      return { file, declared: [], mentioned: [key], diagnostics: trouble.map(diagnosticOf) };
    const origins =
      found && 'one' in found ? [`DomainClass/${found.one.name} (${words(found.one.place)})`, ...from] : from;
    const decoded = (made?.documents ?? [patched]).map((document) =>
      decodeNode(document, file, this.#kinds, this.#options),
    );
    const diagnostics = decoded.flatMap((one) => one.diagnostics);
    const bad = diagnostics.some(({ severity }) => severity === 'error');
    // What a class adds stands where its machine does.
    const position = { line: place.line, column: place.column };
    const declared = decoded.flatMap((one) =>
      one.declared.map((item) => ({ ...item, position, ...(origins.length > 0 ? { from: origins } : {}) })),
    );
    const mentioned = new Set([key, ...decoded.flatMap((one) => one.mentioned)]);
    return { file, declared: bad ? [] : declared, diagnostics, mentioned: [...mentioned] };
  }

  #instantiate(document: SpecNode, domainClass: DomainClass): ReturnType<typeof instantiate> {
    const { place } = document;
    const tooMuch = domainClass.size + sizeOf(document) > composeLimits.size || this.isFull;
    if (!tooMuch) return instantiate(document, domainClass);
    const message = `more is built from classes than fits: ${composeLimits.size} values a machine, ${composeLimits.values} in all`;
    return {
      documents: [],
      problems: [{ code: 'limit-exceeded', message, place, suggestion: 'make the class smaller' }],
    };
  }

  #nodeOfWhole({ def, file, position }: Declared): SpecNode {
    const rules = this.#kinds[def.kind] as unknown as KindRules<Kind>;
    return nodeOf(rules.codec.toYaml(def), { ...position, file });
  }
}

function classProblems(document: SpecNode, found: FoundClass): readonly PlacedProblem[] {
  if ('one' in found) return [];
  const spec = fieldOf(document, 'spec') ?? document;
  const { place, scalar } = fieldOf(spec, 'class') ?? spec;
  const name = String(scalar).slice(0, 100);
  const path = 'spec.class';
  if ('several' in found) {
    const places = found.several.map((one) => words(one.place)).join(', ');
    return [
      {
        code: 'duplicate-resource',
        message: `there are several classes ${name}: ${places}`,
        place,
        path,
        suggestion: 'keep one of them',
      },
    ];
  }
  const suggestion = found.near
    ? `did you mean ${found.near}?`
    : 'declare a DomainClass in this directory, above it, or in a base';
  return [{ code: 'missing-reference', message: `there is no class ${name}`, place, path, suggestion }];
}

function words({ file, line }: Place): string {
  return `${file}:${line}`;
}
