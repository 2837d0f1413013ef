import { SaxesParser } from 'saxes';
import type { DiagnosticCode, Position } from '../model/diagnostic.ts';
import type { XmlAttribute, XmlElement, XmlNode } from './tree.ts';

export interface XmlProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly position: Position;
  readonly suggestion?: string;
}

export interface XmlDocument {
  readonly root: XmlElement | undefined;
  readonly problems: readonly XmlProblem[];
}

export const xmlLimits = { depth: 32, attributes: 256, elements: 100_000, text: 64 * 1024 } as const;

/** Ends the parse from inside a handler: a hostile document costs no more than its good part. */
class Stop extends Error {
  readonly problem: XmlProblem;
  constructor(problem: XmlProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Text to tree, with positions. DOCTYPE is refused, so there are no entities beyond XML's own five. Never throws. */
export function readXml(text: string): XmlDocument {
  const builder = new TreeBuilder();
  try {
    // In pieces, so that a limit ends the work early.
    for (let at = 0; at < text.length; at += 65_536) builder.parser.write(text.slice(at, at + 65_536));
    builder.parser.close();
    return { root: builder.root, problems: [] };
  } catch (error) {
    const problem = error instanceof Stop ? error.problem : builder.syntaxProblem(error);
    return { root: undefined, problems: [problem] };
  }
}

interface OpenElement extends XmlElement {
  readonly children: XmlNode[];
}

class TreeBuilder {
  readonly parser = new SaxesParser<{ xmlns: true; position: true }>({ xmlns: true, position: true });
  root: XmlElement | undefined;
  readonly #stack: OpenElement[] = [];
  #start: Position = { line: 1, column: 1 };
  #attributes: { name: string; position: Position }[] = [];
  #elements = 0;

  constructor() {
    const { parser } = this;
    parser.on('doctype', () => {
      this.#stop(
        'xml-doctype',
        'DOCTYPE is not allowed',
        'remove the <!DOCTYPE …> line; entities have no place in a spec',
      );
    });
    parser.on('opentagstart', (tag) => this.#open(tag.name));
    parser.on('attribute', (attribute) => {
      if (this.#attributes.length >= xmlLimits.attributes) {
        this.#stop('limit-exceeded', `more than ${xmlLimits.attributes} attributes on one element`);
      }
      const position = this.#here();
      const width = attribute.name.length + attribute.value.length + 3;
      this.#attributes.push({
        name: attribute.name,
        position: { line: position.line, column: Math.max(1, position.column - width) },
      });
    });
    parser.on('opentag', (tag) => {
      const attributes: XmlAttribute[] = [];
      const places = new Map(this.#attributes.map(({ name, position }) => [name, position]));
      for (const attribute of Object.values(tag.attributes)) {
        if (attribute.prefix === 'xmlns' || attribute.name === 'xmlns') continue;
        attributes.push({
          name: attribute.name,
          local: attribute.local,
          namespace: attribute.uri,
          value: attribute.value,
          position: places.get(attribute.name) ?? this.#start,
        });
      }
      const element: OpenElement = {
        type: 'element',
        name: tag.name,
        local: tag.local,
        namespace: tag.uri,
        attributes,
        children: [],
        position: this.#start,
      };
      this.#stack.at(-1)?.children.push(element);
      this.root ??= element;
      this.#stack.push(element);
    });
    parser.on('closetag', () => {
      this.#stack.pop();
    });
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('error', (error) => {
      throw error;
    });
  }

  syntaxProblem(error: unknown): XmlProblem {
    const message = (error instanceof Error ? error.message : String(error)).replace(/^\d+:\d+: /, '');
    return { code: 'xml-syntax', message, position: this.#here() };
  }

  #open(name: string): void {
    if (this.#stack.length >= xmlLimits.depth)
      this.#stop('limit-exceeded', `elements nested deeper than ${xmlLimits.depth}`);
    if (++this.#elements > xmlLimits.elements)
      this.#stop('limit-exceeded', `more than ${xmlLimits.elements} elements`);
    const { line, column } = this.#here();
    this.#start = { line, column: Math.max(1, column - name.length - 2) };
    this.#attributes = [];
  }

  #text(text: string): void {
    const parent = this.#stack.at(-1);
    if (!parent || text.trim() === '') return;
    if (text.length > xmlLimits.text)
      this.#stop('limit-exceeded', `text longer than ${xmlLimits.text} characters`);
    parent.children.push({ type: 'text', text, position: parent.position });
  }

  #here(): Position {
    return { line: this.parser.line, column: this.parser.column + 1 };
  }

  #stop(code: DiagnosticCode, message: string, suggestion?: string): never {
    throw new Stop({ code, message, position: this.#here(), ...(suggestion ? { suggestion } : {}) });
  }
}
