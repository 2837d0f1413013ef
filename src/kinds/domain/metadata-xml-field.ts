import { readXml } from '../../xml/reader.ts';
import type { XmlAttribute, XmlElement } from '../../xml/tree.ts';
import { writeXml } from '../../xml/writer.ts';
import type { Field } from '../shape/field.ts';
import { parseLocation, qonvergeNamespace } from '../shape/location.ts';
import { text } from '../shape/text.ts';
import { namespaceDeclaration } from '../shape/xml-builder.ts';

const plain = text('metadata/*', 'Elements of other tools, as XML text; each carries its own namespace.', {
  multiline: true,
});
const { steps } = parseLocation('metadata');

/** What other tools keep in `<metadata>`: never interpreted, and one text for equal elements. */
export const metadataXmlField: Field<string> = {
  ...plain,
  fromYaml: (value, path, decoding) => {
    const given = plain.fromYaml(value, path, decoding);
    if (given === undefined) return undefined;
    const parsed = parse(given);
    if (parsed.problem !== undefined) decoding.report('xml-syntax', path, parsed.problem);
    return print(parsed.elements);
  },
  fromXml: (cursor, path) => {
    const found = cursor.descend(steps)?.foreign(qonvergeNamespace) ?? [];
    const [first] = found;
    if (first !== undefined) cursor.decoding.positions.set(path, first.position);
    return print(found);
  },
  toXml: (value, builder) => {
    const { elements } = parse(value);
    if (elements.length === 0) return;
    const holder = builder.descend(steps);
    for (const element of elements) holder.appendElement(selfContained(element));
  },
};

function parse(written: string): { readonly elements: readonly XmlElement[]; readonly problem?: string } {
  const { root, problems } = readXml(`<metadata>${written}</metadata>`);
  const elements: XmlElement[] = [];
  let problem = problems[0]?.message;
  for (const child of root?.children ?? []) {
    if (child.type === 'text') problem = 'must be elements, without text between them';
    else if (child.namespace === qonvergeNamespace)
      problem = `must not hold elements of ${qonvergeNamespace}`;
    else elements.push(child);
  }
  return problem === undefined ? { elements } : { elements: [], problem };
}

function print(elements: readonly XmlElement[]): string | undefined {
  if (elements.length === 0) return undefined;
  return elements.map((element) => writeXml(selfContained(element)).trimEnd()).join('\n');
}

/** The same element with the namespace declarations that it needs where it stands; `outer`: those that hold already. */
function selfContained(element: XmlElement, outer: ReadonlyMap<string, string> = new Map()): XmlElement {
  const scope = new Map(outer);
  const declared: XmlAttribute[] = [];
  const declare = (name: string, local: string, namespace: string) => {
    const declaration = namespaceDeclaration(name, local, namespace);
    if ((scope.get(declaration.name) ?? '') === namespace || declaration.name === 'xmlns:xml') return;
    scope.set(declaration.name, namespace);
    declared.push(declaration);
  };
  const attributes = element.attributes.filter(({ name }) => name !== 'xmlns' && !name.startsWith('xmlns:'));
  declare(element.name, element.local, element.namespace);
  // An attribute without a prefix is in no namespace, whatever the default one is.
  for (const { name, local, namespace } of attributes) {
    if (namespace !== '') declare(name, local, namespace);
  }
  const hasElements = element.children.some((child) => child.type === 'element');
  const children = element.children.map((child) => {
    if (child.type === 'element') return selfContained(child, scope);
    // Between elements white space is layout, and layout is the writer's.
    return hasElements ? { ...child, text: child.text.trim() } : child;
  });
  return { ...element, attributes: [...declared, ...attributes], children };
}
