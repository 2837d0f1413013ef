import type { XmlElement } from '../../src/xml/tree.ts';

/** One difference: where (without numbers, to count by), and what. */
export interface Difference {
  readonly where: string;
  readonly what: string;
}

/** Differences of two trees, as `ours` has them and `theirs` does; order counts. */
export function xmlDifferences(ours: XmlElement, theirs: XmlElement, where = ours.name): Difference[] {
  const found: Difference[] = [];
  const here = new Map(ours.attributes.map(({ name, value }) => [name, value]));
  const there = new Map(theirs.attributes.map(({ name, value }) => [name, value]));
  for (const name of new Set([...here.keys(), ...there.keys()])) {
    const [mine, other] = [here.get(name), there.get(name)];
    if (mine !== other) found.push({ where: `${where}@${name}`, what: say(mine, other) });
  }
  if (same(here, there) && [...here.keys()].join() !== [...there.keys()].join())
    found.push({ where, what: `attributes in another order: ${[...here.keys()]} / ${[...there.keys()]}` });
  if (textOf(ours) !== textOf(theirs)) found.push({ where, what: say(textOf(ours), textOf(theirs)) });

  const mine = keyed(ours);
  const others = keyed(theirs);
  for (const key of new Set([...mine.keys(), ...others.keys()])) {
    const [child, other] = [mine.get(key), others.get(key)];
    const place = `${where.split('/').at(-1)}/${(child ?? other)?.name}`;
    if (child && other) found.push(...xmlDifferences(child, other, place));
    else
      found.push({
        where: place,
        what: child ? `only ours: ${brief(child)}` : `only libvirt: ${brief(other)}`,
      });
  }
  const [first, second] = [mine, others].map((map, at) => {
    const rest = at === 0 ? others : mine;
    return [...map.keys()].filter((key) => rest.has(key)).join(' ');
  });
  if (first !== second) found.push({ where, what: `children in another order: ${first} / ${second}` });
  return found;
}

function say(mine: string | undefined, other: string | undefined): string {
  return `ours ${mine ?? '(none)'}, libvirt ${other ?? '(none)'}`;
}

function same(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function textOf(element: XmlElement): string {
  return element.children.map((child) => (child.type === 'text' ? child.text.trim() : '')).join('');
}

/** Children by what tells them apart, so that one that is missing does not shift the others. */
function keyed(element: XmlElement): Map<string, XmlElement> {
  const map = new Map<string, XmlElement>();
  for (const child of element.children) {
    if (child.type !== 'element') continue;
    const base = keyOf(child);
    let key = base;
    for (let at = 2; map.has(key); at++) key = `${base}#${at}`;
    map.set(key, child);
  }
  return map;
}

function keyOf(element: XmlElement): string {
  const at = (name: string, of: XmlElement | undefined = element) =>
    of?.attributes.find((attribute) => attribute.name === name)?.value;
  const child = (name: string) =>
    element.children.find((one): one is XmlElement => one.type === 'element' && one.name === name);
  if (element.name === 'controller') return `controller-${at('type')}-${at('index')}-${at('model') ?? ''}`;
  if (element.name === 'disk') return `disk-${at('dev', child('target'))}`;
  if (element.name === 'input') return `input-${at('type')}-${at('bus')}`;
  if (element.name === 'feature' || element.name === 'timer') return `${element.name}-${at('name')}`;
  return element.name;
}

function brief(element: XmlElement | undefined): string {
  const attributes = element?.attributes.map(({ name, value }) => ` ${name}='${value}'`).join('') ?? '';
  return `<${element?.name}${attributes}>${element ? textOf(element) : ''}`;
}
