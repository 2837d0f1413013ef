import type { Codec, KindRules, KindTable } from '../kinds/contract.ts';
import { secretProblems } from '../kinds/secrets.ts';
import { nearest as suggest } from '../kinds/shape/nearest.ts';
import { touchesOf } from '../kinds/touches.ts';
import type { Diagnostic, Position, Problem, Severity } from '../model/diagnostic.ts';
import {
  apiVersion,
  type Def,
  type KeyText,
  type Kind,
  keyOf,
  keyText,
  type ResourceKey,
} from '../model/resource.ts';
import type { Touch } from '../model/touch.ts';
import { withMembers } from '../model/with-members.ts';
import { readXml } from '../xml/reader.ts';
import type { XmlElement } from '../xml/tree.ts';
import { revisionOf } from './canonical.ts';
import { type DomainClass, readClass } from './compose/domain-class.ts';
import { NodeReader } from './compose/node-reader.ts';
import { type Overlay, overlayFile, readOverlay } from './compose/overlay.ts';
import { placeOf, plainOf, type SpecNode } from './compose/spec-node.ts';
import type { Values } from './compose/substitute.ts';
import { readValues } from './compose/values-file.ts';
import { readTest } from './test-file.ts';
import { validateAnnotations } from './validate-annotations.ts';
import { readYaml, type YamlDocument } from './yaml-tree.ts';

export const fileLimits = { bytes: 1024 * 1024, documents: 1_000 } as const;

const lfsPointer = 'version https://git-lfs.github.com/spec/';

/** Kinds of files that are no specs, and who reads them. */
const readElsewhere: Readonly<Record<string, string>> = {
  Policy: 'it belongs to the host, outside of every source: /etc/qonverge/policy.yaml',
  Config: 'it belongs to the host: `qonverge watch --config FILE` reads it',
};

/** One resource as a file declares it (not yet completed). */
export interface Declared<K extends Kind = Kind> {
  readonly key: ResourceKey<K>;
  readonly def: Def<K>;
  readonly file: string;
  /** Of the canonical definition: equal ⇔ nothing to do, whatever the text looks like. */
  readonly revision: string;
  readonly position: Position;
  /** What of the host it reaches: what a policy judges. */
  readonly touches: readonly (Touch & Placed)[];
  /** Where it names others, and what only one resource may have; what `touches` has is not here again. */
  readonly places?: readonly Placed[];
  /** What else it was built from, in words: classes, bases, patches. */
  readonly from?: readonly string[];
}

/** Where one path of a definition is written; `file`: another one than the resource's own. */
export interface Placed {
  readonly path: string;
  readonly position: Position & { readonly file?: string };
}

/** What a file holds that means something only together with other files. */
export interface FileParts {
  readonly file: string;
  /** Resources that wait for their class, for values or for patches. */
  readonly documents: readonly SpecNode[];
  readonly classes: readonly DomainClass[];
  readonly values?: Values;
  readonly overlay?: Overlay;
}

export interface DecodedFile {
  readonly declared: readonly Declared[];
  readonly diagnostics: readonly Diagnostic[];
  /** What this file declares as far as can be told, also when it is bad: these keep their last good spec. */
  readonly mentioned: readonly KeyText[];
  readonly parts?: FileParts;
}

export interface DecodeOptions {
  /** Unknown XML elements and attributes become warnings. */
  readonly lenient?: boolean;
  /** Also what is no mistake and should not be: secrets for everybody to read. */
  readonly lint?: boolean;
  /** Changes the tree of an XML file before it is decoded; positions stay those of the text. */
  readonly prepareXml?: (root: XmlElement) => XmlElement;
  /** Told of each resource, with where its paths stand. */
  readonly onDeclared?: (key: ResourceKey, locate: (path: string) => Position) => void;
}

type Rules = KindRules<Kind>;

/**
 * One file's text to definitions and every mistake in it. A file with an error declares nothing. `keep`: the file's
 * directory has an overlay, its resources wait for it. Never throws.
 */
export function decodeFile(
  file: { readonly path: string; readonly text: string; readonly keep?: boolean },
  kinds: KindTable,
  options: DecodeOptions = {},
): DecodedFile {
  const reader = new FileReader(file.path, kinds, options, file.keep);
  try {
    reader.read(file.text.startsWith('\ufeff') ? file.text.slice(1) : file.text);
  } catch (error) {
    reader.report(
      { code: 'yaml-syntax', message: `cannot be read: ${(error as Error).message}` },
      { line: 1, column: 1 },
    );
  }
  const bad = reader.diagnostics.some(({ severity }) => severity === 'error');
  return {
    declared: bad ? [] : reader.declared,
    diagnostics: reader.diagnostics.sort(byPlace),
    mentioned: [...reader.mentioned],
    ...(bad ? {} : reader.parts()),
  };
}

/** One resource that was put together from several files; `file`: the one that is to answer for it. Never throws. */
export function decodeNode(
  node: SpecNode,
  file: string,
  kinds: KindTable,
  options: DecodeOptions = {},
): DecodedFile {
  const reader = new FileReader(file, kinds, options);
  reader.whole(node);
  const bad = reader.diagnostics.some(({ severity }) => severity === 'error');
  return {
    declared: bad ? [] : reader.declared,
    diagnostics: reader.diagnostics,
    mentioned: [...reader.mentioned],
  };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

class FileReader {
  readonly declared: Declared[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly mentioned = new Set<KeyText>();
  readonly #keep: boolean;
  readonly #documents: SpecNode[] = [];
  readonly #classes: DomainClass[] = [];
  #values: Values | undefined;
  #overlay: Overlay | undefined;
  readonly #file: string;
  readonly #kinds: Readonly<Record<string, Rules>>;
  readonly #lenient: boolean;
  readonly #lint: boolean;
  readonly #prepareXml: (root: XmlElement) => XmlElement;
  readonly #onDeclared: NonNullable<DecodeOptions['onDeclared']>;

  constructor(
    file: string,
    kinds: KindTable,
    {
      lenient = false,
      lint = false,
      prepareXml = (root) => root,
      onDeclared = () => undefined,
    }: DecodeOptions,
    keep = false,
  ) {
    this.#keep = keep;
    this.#file = file;
    this.#kinds = kinds as unknown as Readonly<Record<string, Rules>>;
    this.#lenient = lenient;
    this.#lint = lint;
    this.#prepareXml = prepareXml;
    this.#onDeclared = onDeclared;
  }

  parts(): { readonly parts?: FileParts } {
    const documents = this.#documents;
    const classes = this.#classes;
    const values = this.#values;
    const overlay = this.#overlay;
    if (documents.length + classes.length === 0 && !values && !overlay) return {};
    return {
      parts: {
        file: this.#file,
        documents,
        classes,
        ...(values ? { values } : {}),
        ...(overlay ? { overlay } : {}),
      },
    };
  }

  whole(node: SpecNode): void {
    this.#resource({
      value: plainOf(node),
      position: node.place,
      locate: (path, part) => placeOf(node, path, part ?? 'value'),
    });
  }

  read(text: string): void {
    const start = { line: 1, column: 1 };
    if (text.length > fileLimits.bytes) {
      this.report({ code: 'file-too-large', message: `more than ${fileLimits.bytes} bytes` }, start);
    } else if (text.trim() === '') {
      this.report(
        {
          code: 'file-empty',
          message: 'the file is empty',
          suggestion: 'remove the file to remove what it declared',
        },
        start,
      );
    } else if (text.startsWith(lfsPointer)) {
      this.report(
        {
          code: 'lfs-pointer',
          message: 'this is a pointer of Git LFS, and no spec: the spec itself lies on another server',
          suggestion: 'keep specs out of LFS: git lfs untrack this name, git add --renormalize, and commit',
        },
        start,
      );
    } else if (this.#file.endsWith('.xml')) this.#xml(text);
    else this.#yaml(text);
  }

  report(
    problem: Omit<Problem, 'path'> & { path?: string },
    { line, column, file = this.#file }: Position & { readonly file?: string },
  ): void {
    if (this.diagnostics.length >= 100) return;
    this.diagnostics.push({ ...problem, severity: this.#severity(problem), file, line, column });
  }

  #severity({ code, severity = 'error' }: Pick<Problem, 'code' | 'severity'>): Severity {
    return this.#lenient && code.startsWith('xml-unknown') ? 'warning' : severity;
  }

  #yaml(text: string): void {
    const { documents, problems } = readYaml(text);
    for (const { position, ...problem } of problems) this.report(problem, position);
    for (const document of documents.slice(0, fileLimits.documents)) this.#document(document);
    if (documents.length > fileLimits.documents) {
      this.report(
        { code: 'limit-exceeded', message: `more than ${fileLimits.documents} documents` },
        { line: 1, column: 1 },
      );
    }
    if (documents.length === 0 && problems.length === 0) {
      this.report({ code: 'file-empty', message: 'the file holds no document' }, { line: 1, column: 1 });
    }
  }

  #document(document: YamlDocument): void {
    const { value } = document;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.report(
        {
          code: 'root-not-a-map',
          message: 'a document must be a map with apiVersion, kind, metadata and spec',
        },
        document.position,
      );
    }
    const map = value as Readonly<Record<string, unknown>>;
    if (map['apiVersion'] !== apiVersion) {
      const missing = map['apiVersion'] === undefined;
      return this.report(
        {
          code: missing ? 'missing-field' : 'unknown-api-version',
          message: missing
            ? 'apiVersion is missing'
            : `unknown apiVersion ${JSON.stringify(map['apiVersion'])}`,
          path: 'apiVersion',
          suggestion: `write apiVersion: ${apiVersion}`,
        },
        document.locate('apiVersion'),
      );
    }
    const kind = map['kind'];
    if (isOverlayFile(this.#file) !== (kind === 'Overlay'))
      return this.report(
        {
          code: 'unknown-kind',
          message: `kind: Overlay stands in ${overlayFile}, and nothing else does`,
          path: 'kind',
          suggestion: kind === 'Overlay' ? `call this file ${overlayFile}` : 'give this file another name',
        },
        document.locate('kind'),
      );
    if (kind === 'Overlay' || kind === 'DomainClass' || kind === 'Values') return this.#part(kind, document);
    if (kind === 'Test') return this.#test(document, map);
    if (!this.#rules(kind, document)) return;
    const named = (map['spec'] as { class?: unknown } | null | undefined)?.class !== undefined;
    if (!this.#keep && !(kind === 'Domain' && named)) return this.#resource(document);
    this.#mention(map);
    this.#documents.push(document.node(this.#file));
  }

  /** What declares nothing, and is there for others. */
  #part(kind: 'Overlay' | 'DomainClass' | 'Values', document: YamlDocument): void {
    const reader = new NodeReader();
    const node = document.node(this.#file);
    if (kind === 'DomainClass') {
      const found = readClass(node, reader);
      if (found) this.#classes.push(found);
    } else if (kind === 'Values') this.#values = { ...this.#values, ...readValues(node, reader) };
    else {
      if (this.#overlay)
        reader.report('limit-exceeded', node.place, 'an overlay file holds one overlay', 'kind');
      this.#overlay = readOverlay(node, reader);
    }
    for (const { place, ...problem } of reader.problems) this.report(problem, place);
  }

  /** What `qonverge test` reads: it declares nothing, and may lie among the specs. */
  #test(document: YamlDocument, map: Readonly<Record<string, unknown>>): void {
    for (const problem of readTest(map).problems) this.report(problem, document.locate(problem.path));
  }

  #mention(map: Readonly<Record<string, unknown>>): void {
    const name = (map['metadata'] as { name?: unknown } | null | undefined)?.name;
    if (typeof name === 'string') this.mentioned.add(keyText({ kind: map['kind'] as Kind, name }));
  }

  #resource(document: Pick<YamlDocument, 'value' | 'position' | 'locate'>): void {
    const value = document.value as Readonly<Record<string, unknown>>;
    const rules = this.#rules(value['kind'], document);
    if (!rules) return;
    this.#mention(value);
    const { def, problems } = rules.codec.fromYaml(value);
    const unknown = new Set(['unknown-field', 'missing-field']);
    this.#accept(rules, def, problems, document.position, (problem) =>
      document.locate(problem.path, unknown.has(problem.code) ? 'key' : 'value'),
    );
  }

  #rules(kind: unknown, document: Pick<YamlDocument, 'locate'>): Rules | undefined {
    const rules =
      typeof kind === 'string' && Object.hasOwn(this.#kinds, kind) ? this.#kinds[kind] : undefined;
    if (rules) return rules;
    const known = [...Object.keys(this.#kinds), 'DomainClass', 'Values', 'Overlay', 'Test'];
    const near = typeof kind === 'string' ? suggest(kind, known) : undefined;
    const elsewhere = typeof kind === 'string' && Object.hasOwn(readElsewhere, kind) && readElsewhere[kind];
    const suggestion = elsewhere || (near ? `did you mean ${near}?` : `known kinds: ${known.join(', ')}`);
    const message = kind === undefined ? 'kind is missing' : `unknown kind ${JSON.stringify(kind)}`;
    this.report(
      { code: kind === undefined ? 'missing-field' : 'unknown-kind', message, path: 'kind', suggestion },
      document.locate('kind'),
    );
    return undefined;
  }

  #xml(text: string): void {
    const { root: written, problems } = readXml(text);
    for (const { position, ...problem } of problems) this.report(problem, position);
    if (!written || problems.length > 0) return;
    const root = this.#prepareXml(written);
    const rules = Object.values(this.#kinds).find(({ codec }) => codec.xmlRoot === root.local);
    if (!rules) {
      const known = Object.values(this.#kinds).map(({ codec }) => `<${codec.xmlRoot}>`);
      const message = `unknown root element <${root.name}>`;
      return this.report(
        { code: 'unknown-kind', message, suggestion: `known: ${known.join(', ')}` },
        root.position,
      );
    }
    const name = xmlName(root);
    if (name) this.mentioned.add(keyText({ kind: rules.kind, name }));
    const { def, problems: found, positions } = (rules.codec as Codec<Kind>).fromXml(root);
    this.#accept(
      rules,
      def,
      found,
      root.position,
      (problem) => nearest(positions, problem.path) ?? root.position,
    );
  }

  #accept(
    rules: Rules,
    def: Def | undefined,
    problems: readonly Problem[],
    position: Position,
    locate: (problem: Problem) => Position,
  ): void {
    for (const problem of problems) this.report(withWayOut(problem, rules.kind), locate(problem));
    if (!def || problems.some((problem) => this.#severity(problem) === 'error')) return;
    const { annotations } = def.metadata;
    for (const problem of [...validateAnnotations(annotations), ...rules.validate(def)])
      this.report(problem, locate(problem));
    const key = keyOf(def);
    const text = keyText(key);
    if (this.declared.some((other) => keyText(other.key) === text)) {
      return this.report(
        { code: 'duplicate-resource', message: `${text} stands twice in this file`, path: 'metadata.name' },
        position,
      );
    }
    const where = (path: string) => locate({ path, code: 'policy-violation', message: '' });
    if (this.#lint) for (const problem of secretProblems(def)) this.report(problem, locate(problem));
    this.#onDeclared(key, where);
    const touches = touchesOf(def, rules.touches).map((touch) =>
      withMembers(touch, { position: where(touch.path) }),
    );
    const places = [...rules.references(def), ...(rules.claims?.(def) ?? [])]
      .filter(({ path }) => !touches.some((touch) => touch.path === path))
      .map(({ path }) => ({ path, position: where(path) }));
    const found = { key, def, file: this.#file, revision: revisionOf(def), position, touches };
    this.declared.push(places.length > 0 ? { ...found, places } : found);
  }
}

/** Where a path of a resource is written, as far as that is known: else where the resource begins. */
export function placeIn(
  { file, position, touches, places = [] }: Declared,
  path: string,
): Position & { readonly file: string } {
  const isIt = (placed: Placed) => placed.path === path;
  return { file, ...(touches.find(isIt) ?? places.find(isIt) ?? { position }).position };
}

/** Whoever wrote a field that resembles none learns where all of them stand. */
function withWayOut(problem: Problem, kind: Kind): Problem {
  if (problem.code !== 'unknown-field' || problem.suggestion !== undefined) return problem;
  const parent = problem.path.replace(/\[[^\]]*\]/g, '').replace(/\.?[^.]*$/, '');
  const place = [kind.toLowerCase(), parent].filter(Boolean).join('.');
  return { ...problem, suggestion: `qonverge explain ${place} names the fields that there are` };
}

function isOverlayFile(path: string): boolean {
  return path === overlayFile || path.endsWith(`/${overlayFile}`);
}

function xmlName(root: XmlElement): string | undefined {
  const name = root.children.find((child) => child.type === 'element' && child.local === 'name');
  const text = name?.type === 'element' ? name.children[0] : undefined;
  return text?.type === 'text' ? text.text : undefined;
}

/** The place of a path, or of the closest thing around it that has one. */
function nearest(positions: ReadonlyMap<string, Position> | undefined, path: string): Position | undefined {
  for (let at = path; ; at = at.replace(/(\.[^.[\]]+|\[[^\]]*\])$/, '')) {
    const found = positions?.get(at);
    if (found) return found;
    if (!/[.[]/.test(at)) return positions?.get('');
  }
}
