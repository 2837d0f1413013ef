import type { Codec, KindRules, KindTable } from '../kinds/contract.ts';
import { secretProblems } from '../kinds/secrets.ts';
import { touchesOf } from '../kinds/touches.ts';
import type { Diagnostic, Position, Problem, Severity } from '../model/diagnostic.ts';
import { type Def, type KeyText, type Kind, keyOf, keyText } from '../model/resource.ts';
import { withMembers } from '../model/with-members.ts';
import { readXml } from '../xml/reader.ts';
import type { XmlElement } from '../xml/tree.ts';
import { revisionOf } from './canonical.ts';
import { type DomainClass, readClass } from './compose/domain-class.ts';
import { NodeReader } from './compose/node-reader.ts';
import { type Overlay, readOverlay } from './compose/overlay.ts';
import { placeOf, plainOf, type SpecNode } from './compose/spec-node.ts';
import type { Values } from './compose/substitute.ts';
import { readValues } from './compose/values-file.ts';
import type { Declared } from './declared.ts';
import type { DecodedFile, DecodeOptions, FileParts } from './decoded-file.ts';
import { fileLimits } from './file-limits.ts';
import { headerProblem, kindProblem } from './header-problem.ts';
import { readTest } from './test-file.ts';
import { textProblem } from './text-problem.ts';
import { validateAnnotations } from './validate-annotations.ts';
import { withWayOut } from './with-way-out.ts';
import { readYaml, type YamlDocument } from './yaml-tree.ts';

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
    const problem = textProblem(text);
    if (problem) this.report(problem, { line: 1, column: 1 });
    else if (this.#file.endsWith('.xml')) this.#xml(text);
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
    const problem = headerProblem(document.value, this.#file);
    if (problem)
      return this.report(problem, problem.path ? document.locate(problem.path) : document.position);
    const map = document.value as Readonly<Record<string, unknown>>;
    const kind = map['kind'];
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
    this.report(kindProblem(kind, Object.keys(this.#kinds)), document.locate('kind'));
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
