import type { XmlElement, XmlNode } from './tree.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Tree to text as libvirt prints it: two spaces a level, single quotes. */
export function writeXml(root: XmlElement): string {
  return `${write(root, '')}\n`;
}

function write(element: XmlElement, indent: string): string {
  const attributes = element.attributes.map(({ name, value }) => ` ${name}='${attribute(value)}'`).join('');
  const open = `${indent}<${element.name}${attributes}`;
  const children = element.children.filter((child) => child.type === 'element' || child.text !== '');
  if (children.length === 0) return `${open}/>`;
  if (children.every((child) => child.type === 'text')) {
    return `${open}>${children.map(text).join('')}</${element.name}>`;
  }
  const inner = children.map((child) =>
    child.type === 'element' ? write(child, `${indent}  `) : `${indent}  ${text(child)}`,
  );
  return [`${open}>`, ...inner, `${indent}</${element.name}>`].join('\n');
}

function text(node: XmlNode): string {
  return node.type === 'text' ? node.text.replace(/[&<>\r]/g, (char) => escapes[char] ?? char) : '';
}

function attribute(value: string): string {
  return value.replace(/[&<>'\n\r\t]/g, (char) => escapes[char] ?? char);
}
