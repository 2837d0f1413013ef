import type { XmlAttribute, XmlElement, XmlNode } from '../../xml/tree.ts';
import type { XmlName } from './location.ts';

const nowhere = { line: 1, column: 1 };

/** Makes one element. Children come into being when something is put into them, and leave in the order asked for. */
export class XmlBuilder {
  readonly #name: XmlName;
  readonly #attributes: XmlAttribute[] = [];
  readonly #children: (XmlBuilder | XmlElement)[] = [];
  #text = '';
  #order: readonly string[] = [];

  constructor(name: XmlName) {
    this.#name = name;
  }

  attribute(name: string, value: string): void {
    this.#attributes.push({ name, local: name, namespace: '', value, position: nowhere });
  }

  hasAttribute(name: string): boolean {
    return this.valueOf(name) !== undefined;
  }

  valueOf(name: string): string | undefined {
    return this.#attributes.find((attribute) => attribute.name === name)?.value;
  }

  /** Puts an attribute before those that are there. */
  leadingAttribute(name: string, value: string): void {
    this.#attributes.unshift({ name, local: name, namespace: '', value, position: nowhere });
  }

  /** Puts an attribute that is there behind the others: said of several in turn, they stand in that order. */
  trailingAttribute(name: string): void {
    const at = this.#attributes.findIndex((attribute) => attribute.name === name);
    if (at !== -1) this.#attributes.push(...this.#attributes.splice(at, 1));
  }

  text(text: string): void {
    this.#text += text;
  }

  /** The child of that name if it is there already. */
  find(name: XmlName): XmlBuilder | undefined {
    for (const child of this.#children) {
      if (child instanceof XmlBuilder && child.#name.name === name.name) return child;
    }
    return undefined;
  }

  child(name: XmlName): XmlBuilder {
    return this.find(name) ?? this.append(name);
  }

  append(name: XmlName): XmlBuilder {
    const child = new XmlBuilder(name);
    this.#children.push(child);
    return child;
  }

  /** A child before those that are there. */
  prepend(name: XmlName): XmlBuilder {
    const child = new XmlBuilder(name);
    this.#children.unshift(child);
    return child;
  }

  appendElement(element: XmlElement): void {
    this.#children.push(element);
  }

  descend(steps: readonly XmlName[]): XmlBuilder {
    let builder: XmlBuilder = this;
    for (const step of steps) builder = builder.child(step);
    return builder;
  }

  /** libvirt's order of the children; others follow. */
  order(names: readonly string[]): void {
    this.#order = names;
  }

  /** `outer`: the namespace that the parent has declared already. */
  build(outer = ''): XmlElement {
    const { name, local, namespace } = this.#name;
    const elements = this.#children.map((child) =>
      child instanceof XmlBuilder ? child.build(namespace) : child,
    );
    const rank = (element: XmlElement) => {
      const index = this.#order.indexOf(element.name);
      return index === -1 ? this.#order.length : index;
    };
    elements.sort((a, b) => rank(a) - rank(b));
    const text: XmlNode[] = this.#text === '' ? [] : [{ type: 'text', text: this.#text, position: nowhere }];
    const declared =
      namespace === '' || namespace === outer ? [] : [namespaceDeclaration(name, local, namespace)];
    return {
      type: 'element',
      name,
      local,
      namespace,
      attributes: [...declared, ...this.#attributes],
      children: [...text, ...elements],
      position: nowhere,
    };
  }
}

/** The attribute that gives the prefix of `name` (or no prefix) its meaning. */
export function namespaceDeclaration(name: string, local: string, namespace: string): XmlAttribute {
  const prefix = name.slice(0, Math.max(0, name.length - local.length - 1));
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  return { name: declaration, local: declaration, namespace: '', value: namespace, position: nowhere };
}
