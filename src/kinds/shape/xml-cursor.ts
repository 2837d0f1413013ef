import type { XmlAttribute, XmlElement } from '../../xml/tree.ts';
import type { Decoding } from './decoding.ts';
import { type Later, notYet } from './later.ts';
import type { Location, XmlName } from './location.ts';
import { nearest } from './nearest.ts';

/** Reads one element and remembers what was read, so that `finish` can report all that nobody asked for. */
export class XmlCursor {
  readonly element: XmlElement;
  readonly decoding: Decoding;
  readonly #readAttributes: boolean[] = [];
  readonly #cursors: (XmlCursor | undefined)[] = [];
  /** Names asked for, attributes with `@`: the vocabulary for suggestions. */
  readonly #asked: string[] = [];
  readonly #singles = new Set<string>();
  #readText = false;
  #done = false;
  #ignored = false;

  constructor(element: XmlElement, decoding: Decoding) {
    this.element = element;
    this.decoding = decoding;
  }

  attribute(name: string): XmlAttribute | undefined {
    this.#asked.push(`@${name}`);
    const { attributes } = this.element;
    for (let index = 0; index < attributes.length; index++) {
      const attribute = attributes[index];
      if (attribute !== undefined && attribute.local === name && attribute.namespace === '') {
        this.#readAttributes[index] = true;
        return attribute;
      }
    }
    return undefined;
  }

  text(): string {
    this.#readText = true;
    let text = '';
    for (const child of this.element.children) if (child.type === 'text') text += child.text;
    return text;
  }

  /** The child of that name; a second one is reported as a duplicate. */
  child(name: XmlName): XmlCursor | undefined {
    this.#asked.push(name.local);
    const { children } = this.element;
    for (let index = 0; index < children.length; index++) {
      const child = children[index];
      if (child?.type === 'element' && child.local === name.local && child.namespace === name.namespace) {
        this.#singles.add(name.local);
        return this.#open(index, child);
      }
    }
    return undefined;
  }

  children(name: XmlName): XmlCursor[] {
    this.#asked.push(name.local);
    const found: XmlCursor[] = [];
    this.element.children.forEach((child, index) => {
      if (child.type === 'element' && child.local === name.local && child.namespace === name.namespace) {
        found.push(this.#open(index, child));
      }
    });
    return found;
  }

  /** Children of other namespaces: they are taken as they stand. */
  foreign(ownNamespace: string): XmlElement[] {
    const found: XmlElement[] = [];
    this.element.children.forEach((child, index) => {
      if (child.type === 'element' && child.namespace !== ownNamespace) {
        this.#open(index, child).ignore();
        found.push(child);
      }
    });
    return found;
  }

  descend(steps: readonly XmlName[]): XmlCursor | undefined {
    let cursor: XmlCursor | undefined = this;
    for (const step of steps) cursor = cursor?.child(step);
    return cursor;
  }

  /** The text at a location and the cursor that holds it. */
  value(
    location: Location,
  ): { readonly text: string; readonly position: XmlElement['position'] } | undefined {
    const cursor = this.descend(location.steps);
    if (cursor === undefined) return undefined;
    if (location.attribute === undefined) return { text: cursor.text(), position: cursor.element.position };
    const attribute = cursor.attribute(location.attribute);
    return attribute && { text: attribute.value, position: attribute.position };
  }

  /** What is in here needs no report, and gives no definition: the element as a whole has been dealt with. */
  ignore(): void {
    this.#done = true;
    this.#ignored = true;
  }

  get ignored(): boolean {
    return this.#ignored;
  }

  /** Reports what nobody asked for. `later`: locations that a later release will understand. */
  finish(path: string, later: Later, below = ''): void {
    if (this.#done) return;
    this.#done = true;
    this.element.attributes.forEach((attribute, index) => {
      if (this.#readAttributes[index] !== true && !declaresNamespace(attribute)) {
        this.#reportAttribute(attribute, path, later, below);
      }
    });
    this.element.children.forEach((child, index) => {
      const cursor = this.#cursors[index];
      if (cursor !== undefined) {
        cursor.finish(path, later, join(below, cursor.element.local));
      } else if (child.type === 'element') {
        this.#reportElement(child, path, later, below);
      } else if (!this.#readText && child.text.trim() !== '') {
        const place = this.#place(path, below, 'text()', child.position);
        const shown = child.text.trim().slice(0, 40);
        this.decoding.report('xml-text', place, `<${this.element.name}> takes no text, but has "${shown}"`);
      }
    });
  }

  #open(index: number, child: XmlElement): XmlCursor {
    const cursor = this.#cursors[index] ?? new XmlCursor(child, this.decoding);
    this.#cursors[index] = cursor;
    return cursor;
  }

  #reportAttribute(attribute: XmlAttribute, path: string, later: Later, below: string): void {
    const { name } = attribute;
    const place = this.#place(path, below, `@${name}`, attribute.position);
    if (later.has(`${below}@${name}`)) {
      const message = notYet(`${name}= of <${this.element.name}>`, later.get(`${below}@${name}`));
      this.decoding.report('not-supported', place, message);
      return;
    }
    const known = this.#asked.filter((asked) => asked.startsWith('@')).map((asked) => asked.slice(1));
    const meant = nearest(name, known);
    const message = `<${this.element.name}> has no attribute ${name}=`;
    this.decoding.report('xml-unknown-attribute', place, message, meant && `did you mean ${meant}= ?`);
  }

  #reportElement(child: XmlElement, path: string, later: Later, below: string): void {
    const place = this.#place(path, below, child.name, child.position);
    if (later.has(join(below, `${child.name}[2]`))) {
      this.decoding.report('not-supported', place, `a second <${child.name}> is not supported yet`);
      return;
    }
    if (this.#singles.has(child.local)) {
      const message = `<${child.name}> appears more than once in <${this.element.name}>`;
      this.decoding.report('xml-duplicate-element', place, message, 'keep one of them');
      return;
    }
    if (later.has(join(below, child.name))) {
      const message = notYet(`<${child.name}>`, later.get(join(below, child.name)));
      this.decoding.report('not-supported', place, message);
      return;
    }
    const meant = nearest(
      child.local,
      this.#asked.filter((asked) => !asked.startsWith('@')),
    );
    const message = `<${this.element.name}> has no element <${child.name}>`;
    this.decoding.report('xml-unknown-element', place, message, meant && `did you mean <${meant}>?`);
  }

  /** A path of its own for something that no definition path names. */
  #place(path: string, below: string, name: string, position: XmlElement['position']): string {
    const base = `${path}/${join(below, name)}`;
    let place = base;
    for (let count = 2; this.decoding.positions.has(place); count++) place = `${base}[${count}]`;
    this.decoding.positions.set(place, position);
    return place;
  }
}

function join(below: string, name: string): string {
  return below === '' ? name : `${below}/${name}`;
}

function declaresNamespace(attribute: XmlAttribute): boolean {
  return attribute.name === 'xmlns' || attribute.name.startsWith('xmlns:');
}
