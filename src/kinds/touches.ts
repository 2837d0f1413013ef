import type { Touch, Touched, TouchRule, TouchTable } from '../model/touch.ts';
import { withMembers } from '../model/with-members.ts';

interface Node {
  readonly key: string;
  readonly children: Map<string, Node>;
  rule?: TouchRule;
  closed?: boolean;
  whole?: (owner: Readonly<Record<string, unknown>>) => readonly Touched[];
}

const trees = new WeakMap<TouchTable, Node>();

/**
 * Every place of a definition that reaches the host, by its kind's table. What a closed map holds beyond the table, and
 * every absolute path that no row speaks of, is `unlisted`: what is added to a kind later is never granted by accident.
 */
export function touchesOf(def: unknown, table: TouchTable | undefined): readonly Touch[] {
  if (!table) return [{ reach: 'unlisted', path: '', value: 'this kind' }];
  const found: Touch[] = [];
  visit(def, treeOf(table), '', found);
  return found;
}

function visit(value: unknown, node: Node | undefined, path: string, found: Touch[]): void {
  if (typeof value === 'string') {
    if (value.startsWith('/')) found.push({ reach: 'unlisted', path, value });
    return;
  }
  if (Array.isArray(value)) {
    const item = node?.children.get('[]');
    value.forEach((one: unknown, at) => {
      judge(one, {}, item, `${path}[${at}]`, found);
    });
  } else if (typeof value === 'object' && value !== null) {
    const owner = value as Readonly<Record<string, unknown>>;
    for (const touched of node?.whole?.(owner) ?? []) found.push(withMembers(touched, { path }));
    for (const key in owner) {
      const member = owner[key];
      if (member === undefined) continue;
      // An element that holds itself: a chain of backing stores.
      const child = node?.children.get(key) ?? (node?.key === key ? node : undefined);
      const at = path === '' ? key : `${path}.${key}`;
      if (child || !node?.closed) judge(member, owner, child, at, found);
      else found.push({ reach: 'unlisted', path: at, value: key });
    }
  }
}

function judge(
  value: unknown,
  owner: Readonly<Record<string, unknown>>,
  node: Node | undefined,
  path: string,
  found: Touch[],
): void {
  const rule = node?.rule;
  if (rule === 'harmless') return;
  if (rule === undefined) return visit(value, node, path, found);
  if (typeof rule === 'string') {
    found.push({ reach: rule, path, value: String(value) });
    return;
  }
  const result = rule(value, owner);
  if (result === 'harmless') return;
  if (result === undefined) return visit(value, node, path, found);
  for (const touched of (Array.isArray(result) ? result : [result]) as readonly Touched[])
    found.push(withMembers(touched, { path }));
}

function treeOf(table: TouchTable): Node {
  const known = trees.get(table);
  if (known) return known;
  const root: Node = { key: '', children: new Map() };
  for (const [path, rule] of Object.entries(table.rules)) nodeAt(root, path).rule = rule;
  for (const path of table.closed) nodeAt(root, path).closed = true;
  for (const [path, whole] of Object.entries(table.wholes ?? {})) nodeAt(root, path).whole = whole;
  trees.set(table, root);
  return root;
}

function nodeAt(root: Node, path: string): Node {
  let node = root;
  for (const key of path.replaceAll('[]', '.[]').split('.')) {
    let next = node.children.get(key);
    if (!next) {
      next = { key, children: new Map() };
      node.children.set(key, next);
    }
    node = next;
  }
  return node;
}

/** What the table says of a path, lists as `[]`: the row of it or of what it stands in. For the test of the tables. */
export function ruleAt(table: TouchTable, path: string): TouchRule | undefined {
  let node: Node | undefined = treeOf(table);
  for (const key of path.replaceAll('[]', '.[]').split('.')) {
    const next: Node | undefined = node.children.get(key) ?? (node.key === key ? node : undefined);
    if (!next) return undefined;
    if (next.rule !== undefined) return next.rule;
    node = next;
  }
  return undefined;
}
