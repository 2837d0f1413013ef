import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml';
import type { DiagnosticCode, Position } from '../model/diagnostic.ts';
import type { Scalar, SpecNode } from './compose/spec-node.ts';
import { yamlFault } from './yaml-fault.ts';

export const yamlLimits = { depth: 32, keys: 2_000, string: 64 * 1024 } as const;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype', '<<']);

export interface YamlProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly position: Position;
  readonly path?: string;
  readonly suggestion?: string;
}

/** One document of a YAML file as a plain value that has passed every limit. */
export interface YamlDocument {
  readonly value: unknown;
  readonly position: Position;
  /** Where a definition path stands; the nearest part that exists when it does not. `key`: the key rather than its value. */
  locate(path: string, part?: 'key' | 'value'): Position;
  /** The same with a place for every value, to be merged with others. */
  node(file: string): SpecNode;
}

/** Reads every document of a text. Any problem makes the whole file bad: half a file is no file. */
export function readYaml(text: string): { documents: YamlDocument[]; problems: YamlProblem[] } {
  const tooDeep = deepFlow(text);
  if (tooDeep) {
    return {
      documents: [],
      problems: [
        { code: 'limit-exceeded', message: `nested deeper than ${yamlLimits.depth}`, position: tooDeep },
      ],
    };
  }
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const parsed = parseAllDocuments<ParsedNode>(text, {
    lineCounter: lines,
    uniqueKeys: false,
    strict: true,
    merge: false,
    version: '1.2',
    logLevel: 'silent',
    prettyErrors: false,
    stringKeys: true,
  });
  const problems: YamlProblem[] = [];
  const documents: YamlDocument[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const issue of document.warnings.slice(0, 20)) {
      const tag = issue.code === 'TAG_RESOLVE_FAILED';
      problems.push({
        code: tag ? 'yaml-tag' : 'yaml-syntax',
        message: issue.message.split('\n')[0] ?? 'syntax error',
        position: at(issue.pos[0]),
      });
    }
    const fault = yamlFault(document, text);
    if (fault) {
      const { offset, ...problem } = fault;
      problems.push({ ...problem, position: at(offset) });
      continue;
    }
    const plain = new PlainValue(problems, at);
    const value = plain.of(document.contents, '', 0);
    const { contents } = document;
    if (value === null && contents?.range[1] === contents?.range[0]) continue; // an empty document between separators
    documents.push({
      value,
      position: at(contents?.range[0] ?? 0),
      locate: (path, part) => at(locate(contents, path, part ?? 'value')),
      node: (file) => nodeFrom(contents, (offset) => ({ file, ...at(offset) }), contents?.range[0] ?? 0),
    });
  }
  return { documents, problems };
}

/** Node tree to plain value; refuses aliases, tags, duplicate and dangerous keys, what is too large. */
class PlainValue {
  readonly #problems: YamlProblem[];
  readonly #at: (offset: number) => Position;

  constructor(problems: YamlProblem[], at: (offset: number) => Position) {
    this.#problems = problems;
    this.#at = at;
  }

  of(node: Node | null, path: string, depth: number): unknown {
    if (node === null) return null;
    const offset = node.range?.[0] ?? 0;
    if (depth > yamlLimits.depth)
      return this.#report('limit-exceeded', `nested deeper than ${yamlLimits.depth}`, offset, path);
    if (isAlias(node))
      return this.#report('yaml-alias', 'aliases are not allowed', offset, path, 'write the value out');
    if ('anchor' in node && node.anchor)
      this.#report('yaml-alias', 'anchors are not allowed', offset, path, 'write the value out');
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
      this.#report('yaml-tag', `tag ${node.tag} is not allowed`, offset, path);
    else if (node.tag !== undefined && !isScalar(node) === false && node.tag === 'tag:yaml.org,2002:binary') {
      this.#report('yaml-tag', 'binary values are not allowed', offset, path);
    }
    if (isMap(node)) return this.#map(node, path, depth);
    if (isSeq(node)) {
      if (node.items.length > yamlLimits.keys)
        return this.#report('limit-exceeded', `more than ${yamlLimits.keys} items`, offset, path);
      return node.items.map((item, index) =>
        this.of(isPair(item) ? null : (item as Node | null), `${path}[${index}]`, depth + 1),
      );
    }
    return isScalar(node) ? this.#scalar(node.value, offset, path) : null;
  }

  #map(
    node: Node & { items: readonly { key: unknown; value: unknown }[] },
    path: string,
    depth: number,
  ): unknown {
    const offset = node.range?.[0] ?? 0;
    if (node.items.length > yamlLimits.keys)
      return this.#report('limit-exceeded', `more than ${yamlLimits.keys} keys`, offset, path);
    const value: Record<string, unknown> = {};
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const keyOffset = (pair.key as Node | null)?.range?.[0] ?? offset;
      const at = path === '' ? key : `${path}.${key}`;
      if (!isScalar(pair.key)) this.#report('yaml-syntax', 'keys must be plain words', keyOffset, path);
      else if (forbiddenKeys.has(key))
        this.#report('yaml-forbidden-key', `the key ${key} is not allowed`, keyOffset, path);
      else if (Object.hasOwn(value, key))
        this.#report(
          'yaml-duplicate-key',
          `${key} stands twice in this map`,
          keyOffset,
          at,
          'keep one of them',
        );
      else value[key] = this.of((pair.value as Node | null) ?? null, at, depth + 1);
    }
    return value;
  }

  #scalar(value: unknown, offset: number, path: string): unknown {
    if (typeof value === 'string') {
      if (value.length > yamlLimits.string)
        return this.#report(
          'limit-exceeded',
          `text longer than ${yamlLimits.string} characters`,
          offset,
          path,
        );
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
      if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value))
        return this.#report('invalid-value', 'control characters are not allowed', offset, path);
      return value;
    }
    if (
      typeof value === 'number' &&
      !(Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    ) {
      return this.#report(
        'invalid-value',
        'this number cannot be held exactly',
        offset,
        path,
        'quote it, with a unit: "10GiB"',
      );
    }
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
    return this.#report('wrong-type', 'this kind of value is not allowed', offset, path);
  }

  #report(
    code: DiagnosticCode,
    message: string,
    offset: number,
    path: string,
    suggestion?: string,
  ): undefined {
    if (this.#problems.length < 100) {
      this.#problems.push({
        code,
        message,
        position: this.#at(offset),
        ...(path ? { path } : {}),
        ...(suggestion ? { suggestion } : {}),
      });
    }
    return undefined;
  }
}

/** Of a tree that has passed every limit. */
function nodeFrom(node: unknown, place: (offset: number) => SpecNode['place'], outer: number): SpecNode {
  const offset = (node as Node | null)?.range?.[0] ?? outer;
  if (isSeq(node))
    return { place: place(offset), items: node.items.map((item) => nodeFrom(item, place, offset)) };
  if (!isMap(node)) {
    const scalar = isScalar(node) ? (node.value as Scalar) : null;
    return { place: place(offset), scalar };
  }
  const fields = node.items.map(({ key, value }) => {
    const keyOffset = (key as Node).range?.[0] ?? offset;
    return [
      String((key as { value: unknown }).value),
      { ...nodeFrom(value, place, keyOffset), key: place(keyOffset) },
    ] as const;
  });
  return { place: place(offset), fields: Object.fromEntries(fields) };
}

function locate(root: ParsedNode | null, path: string, part: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const segment of path.match(/[^.[\]]+/g) ?? []) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === segment);
      if (!pair) break;
      const key = (pair.key as Node).range?.[0] ?? offset;
      const value = (pair.value as Node | null)?.range?.[0] ?? key;
      offset = part === 'key' ? key : value;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(segment)] as Node | undefined;
      if (!item) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}

/** Where brackets nest too deep, before a parser has to climb them. */
function deepFlow(text: string): Position | undefined {
  let depth = 0;
  let line = 1;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 10) {
      line++;
      start = at + 1;
    } else if (char === 91 || char === 123) {
      // Brackets inside quotes count too: 400 of them in one text are no spec either.
      if (++depth > 400) return { line, column: at - start + 1 };
    } else if ((char === 93 || char === 125) && depth > 0) depth--;
  }
  return undefined;
}
