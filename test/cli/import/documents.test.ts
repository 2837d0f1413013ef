import { expect, test } from 'vitest';
import { documentsIn } from '../../../src/cli/import/documents.ts';

const texts = (text: string) => documentsIn(text).map((piece) => piece.text);

test('documents of any root stand one after the other', () => {
  const network = "<network><name>n</name><domain name='lab'/></network>";
  expect(texts(`<!-- a --><domain><name>a</name></domain>\n${network}\n<domain/>`)).toEqual([
    '<!-- a --><domain><name>a</name></domain>',
    network,
    '<domain/>',
  ]);
});

test('what only looks like an end is none: in a comment, a CDATA section, an attribute', () => {
  for (const inner of [
    '<!-- </domain> -->',
    '<description><![CDATA[</domain>]]></description>',
    "<title x='</domain>'/>",
    '<metadata><domain>x</domain></metadata>',
  ])
    expect(texts(`<domain>${inner}</domain><domain>b</domain>`)).toHaveLength(2);
});

test('one that is broken does not take the next with it', () => {
  expect(texts('<domain><name></domain><domain>b</domain>')).toEqual([
    '<domain><name></domain>',
    '<domain>b</domain>',
  ]);
  expect(texts('<domain>')).toEqual(['<domain>']);
  expect(texts('')).toEqual(['']);
});
