import type { XmlElement, XmlNode } from './tree.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '\n': '&#10;', '\r': '&#13;', '\t': '&#9;' };

/** Tree to text as libvirt prints it: two spaces a level, single quotes. `namespaces`: prefix → URI, declared on the root. */
export function writeXml(root: XmlElement, namespaces: Readonly<Record<string, string>> = {}): string {
  const declared = Object.entries(namespaces).map(([prefix, uri]) => ` xmlns:${prefix}='${attribute(uri)}'`);
  return `${write(root, '', declared.join(''))}\n`;
}

function write(element: XmlElement, indent: string, declarations = ''): string {
  const attributes = element.attributes.map(({ name, value }) => ` ${name}='${attribute(value)}'`).join('');
  const own = ownNamespace(element);
  const open = `${indent}<${element.name}${own}${declarations}${attributes}`;
  if (element.children.length === 0) return `${open}/>`;
  if (element.children.every((child) => child.type === 'text')) {
    return `${open}>${element.children.map(text).join('')}</${element.name}>`;
  }
  const inner = element.children.map((child) =>
    child.type === 'element' ? write(child, `${indent}  `) : `${indent}  ${text(child)}`,
  );
  return [`${open}>`, ...inner, `${indent}</${element.name}>`].join('\n');
}

/** A prefixed element declares its prefix itself, so that it can be cut out and read alone. */
function ownNamespace({ name, namespace }: XmlElement): string {
  const colon = name.indexOf(':');
  return colon < 0 || namespace === '' ? '' : ` xmlns:${name.slice(0, colon)}='${attribute(namespace)}'`;
}

function text(node: XmlNode): string {
  return node.type === 'text' ? node.text.replace(/[&<>\r]/g, (char) => escapes[char] ?? char) : '';
}

function attribute(value: string): string {
  return value.replace(/[&<>'\n\r\t]/g, (char) => escapes[char] ?? char);
}
