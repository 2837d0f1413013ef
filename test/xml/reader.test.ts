import { describe, expect, test } from 'vitest';
import { readXml, xmlLimits } from '../../src/xml/reader.ts';
import type { XmlElement } from '../../src/xml/tree.ts';
import { cpuTime } from '../support/cpu-time.ts';

function root(text: string): XmlElement {
  const { root: found, problems } = readXml(text);
  if (!found) throw new Error(problems[0]?.message);
  return found;
}

function problem(text: string): string {
  const { root: found, problems } = readXml(text);
  expect(found).toBeUndefined();
  expect(problems).toHaveLength(1);
  const [only] = problems;
  return `${only?.code} ${only?.position.line}:${only?.position.column}`;
}

const shape = (element: XmlElement): unknown => [
  element.name,
  Object.fromEntries(element.attributes.map(({ name, value }) => [name, value])),
  ...element.children.map((child) => (child.type === 'text' ? child.text : shape(child))),
];

test('elements, attributes and text become a tree, in order', () => {
  expect(shape(root(`<a x='1' y="2"><b/>text<c><![CDATA[<raw>]]></c></a>`))).toEqual([
    'a',
    { x: '1', y: '2' },
    ['b', {}],
    'text',
    ['c', {}, '<raw>'],
  ]);
});

test('what is only there for people is left out: white space, comments, instructions', () => {
  expect(shape(root(`<?xml version='1.0'?>\n<!-- hi -->\n<a>\n  <b/>\n  <!-- ho -->\n</a>\n`))).toEqual([
    'a',
    {},
    ['b', {}],
  ]);
});

test("XML's own five entities and characters by number are read, others do not exist", () => {
  expect(shape(root('<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x41;</a>'))).toEqual(['a', {}, `<&>"'AA`]);
  expect(problem('<a>&nbsp;</a>')).toMatch(/^xml-syntax 1:/);
});

test('elements and attributes know their line and column', () => {
  const found = root(`<domain type='kvm'>\n  <name>a</name>\n   <memory unit='MiB'>1</memory>\n</domain>`);
  const [name, memory] = found.children as XmlElement[];
  expect([found.position, name?.position, memory?.position]).toEqual([
    { line: 1, column: 1 },
    { line: 2, column: 3 },
    { line: 3, column: 4 },
  ]);
  expect(memory?.attributes[0]?.position).toEqual({ line: 3, column: 12 });
});

test('namespaces are told apart by their name, whatever the prefix', () => {
  const found = root(`<a xmlns:q='urn:qonverge:v1'><q:b q:c='1' d='2'/><other xmlns='urn:x'/></a>`);
  const [b, other] = found.children as XmlElement[];
  expect([b?.namespace, b?.local, other?.namespace]).toEqual(['urn:qonverge:v1', 'b', 'urn:x']);
  expect(b?.attributes.map(({ namespace, local }) => [namespace, local])).toEqual([
    ['urn:qonverge:v1', 'c'],
    ['', 'd'],
  ]);
});

describe('what is not well formed is refused with its place', () => {
  test.each([
    ['nothing', '', 'xml-syntax 1:1'],
    ['no element', 'hello', 'xml-syntax 1:'],
    ['a document that ends too early', '<domain><name>a</name>', 'xml-syntax 1:'],
    ['an end that nothing opened', '<a>\n</b></a>', 'xml-syntax 2:'],
    ['two roots', '<a/>\n<b/>', 'xml-syntax 2:'],
    ['text after the root', '<a/>x', 'xml-syntax 1:'],
    ['an attribute twice', '<a x="1" x="2"/>', 'xml-syntax 1:'],
    ['an attribute without quotes', '<a x=1/>', 'xml-syntax 1:'],
    ['a NUL', '<a>\u0000</a>', 'xml-syntax 1:'],
    ['a NUL by number', '<a>&#0;</a>', 'xml-syntax 1:'],
    ['a bad comment', '<a><!-- -- --></a>', 'xml-syntax 1:'],
    ['a prefix that nobody declared', '<q:a/>', 'xml-syntax 1:'],
    ['a DOCTYPE', '<!DOCTYPE a>\n<a/>', 'xml-doctype 1:'],
    [
      'an external entity',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      'xml-doctype 1:',
    ],
  ])('%s', (_, text, expected) => {
    expect(problem(text)).toContain(expected);
  });
});

describe('a limit ends the work', () => {
  const { depth, attributes, elements, text } = xmlLimits;
  const nested = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  const attributed = (count: number) =>
    `<a ${Array.from({ length: count }, (_, at) => `a${at}=''`).join(' ')}/>`;

  test('exactly at the limit is fine, one more is not', () => {
    expect(readXml(nested(depth)).problems).toEqual([]);
    expect(problem(nested(depth + 1))).toMatch(/^limit-exceeded/);
    expect(readXml(attributed(attributes)).problems).toEqual([]);
    expect(problem(attributed(attributes + 1))).toMatch(/^limit-exceeded/);
    expect(readXml(`<a>${'<b/>'.repeat(elements - 1)}</a>`).problems).toEqual([]);
    expect(problem(`<a>${'<b/>'.repeat(elements)}</a>`)).toMatch(/^limit-exceeded/);
    expect(readXml(`<a>${'x'.repeat(text)}</a>`).problems).toEqual([]);
    expect(problem(`<a>${'x'.repeat(text + 1)}</a>`)).toMatch(/^limit-exceeded/);
  });

  test.each([
    ['fifty thousand levels', '<a>'.repeat(50_000)],
    ['fifty thousand attributes', attributed(50_000)],
    ['three million characters of CDATA', `<a><![CDATA[${'x'.repeat(3_000_000)}]]></a>`],
    ['five hundred thousand characters by number', `<a>${'&#65;'.repeat(500_000)}</a>`],
  ])('%s are refused at little cost', (_, hostile) => {
    expect(cpuTime(() => expect(problem(hostile)).toMatch(/^limit-exceeded/))).toBeLessThan(4_000);
  });
});
