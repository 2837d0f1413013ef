import { Document, isCollection, isMap, isScalar, isSeq, type Node, type Pair, visit } from 'yaml';
import type { KindRules, KindTable } from '../kinds/contract.ts';
import type { Def, Kind } from '../model/resource.ts';
import { writeXml } from '../xml/writer.ts';

export interface EncodeOptions {
  /** A path for the editor's schema line. */
  readonly schema?: string;
  /** Lines for people, by definition path; `''` stands above the document. */
  readonly comments?: ReadonlyMap<string, readonly string[]>;
}

const lineWidth = 110;

/** A definition as a YAML document, as a person would write it: what fits on a line stands on one. */
export function encodeYaml(def: Def, kinds: KindTable, { schema, comments }: EncodeOptions = {}): string {
  const rules = kinds[def.kind] as unknown as KindRules<Kind>;
  const document = new Document(rules.codec.toYaml(def), { aliasDuplicateObjects: false });
  foldShort(document);
  for (const [path, lines] of comments ?? []) if (path !== '') comment(document, path, lines);
  const above = [
    ...(schema ? [`# yaml-language-server: $schema=${schema}`] : []),
    ...(comments?.get('') ?? []).map((line) => `# ${line}`),
  ];
  const text = document.toString({ lineWidth, flowCollectionPadding: false });
  return above.map((line) => `${line}\n`).join('') + text;
}

/** A definition as libvirt's XML. */
export function encodeXml(def: Def, kinds: KindTable): string {
  const rules = kinds[def.kind] as unknown as KindRules<Kind>;
  return writeXml(rules.codec.toXml(def));
}

/** Maps and lists of scalars, and of such maps, become `{a: 1}` where that is short. The outline stays an outline. */
function foldShort(document: Document): void {
  visit(document, {
    Collection: (_, node, path) => {
      const depth = path.filter((outer) => isCollection(outer)).length;
      const outline = depth === 0 || (depth === 2 && isSeq(node)) || isSpecOrDevices(path);
      if (outline || node.items.length === 0) return undefined;
      const indent = 2 * depth;
      const plain = JSON.stringify(node.toJSON());
      if (plain.includes('\\n') || indent + width(plain) > lineWidth) return undefined;
      if (isSeq(node) && node.items.some(isCollection)) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
  });
}

/** JSON's quotes go, a blank after each colon and comma comes. */
function width(json: string): number {
  return json.replaceAll('"', '').replace(/[:,]/g, '$& ').length;
}

function isSpecOrDevices(path: readonly unknown[]): boolean {
  const pair = path.at(-1) as Pair<Node, Node> | undefined;
  const key = pair && isScalar(pair.key) ? pair.key.value : undefined;
  return key === 'spec' || key === 'devices';
}

/** Puts the lines before the node of that path, or before what holds it on one line. */
function comment(document: Document, path: string, lines: readonly string[]): void {
  let holder: Node | undefined;
  let node = document.contents as Node | null;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (!isCollection(node) || node.flow === true) break;
    const key = isSeq(node) ? Number(step) : step;
    const child = node.get(key, true) as Node | undefined;
    if (child === undefined) break;
    const pair = isMap(node)
      ? node.items.find((one) => isScalar(one.key) && one.key.value === step)
      : undefined;
    holder = pair ? (pair.key as Node) : child;
    node = child;
  }
  const text = lines.map((line) => ` ${line}`).join('\n');
  if (holder !== undefined) holder.commentBefore = [holder.commentBefore, text].filter(Boolean).join('\n');
}
