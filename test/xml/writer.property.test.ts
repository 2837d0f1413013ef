import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readXml } from '../../src/xml/reader.ts';
import type { XmlElement, XmlNode } from '../../src/xml/tree.ts';
import { writeXml } from '../../src/xml/writer.ts';

const position = { line: 1, column: 1 };
const name = fc.stringMatching(/^[a-z][a-zA-Z0-9_-]{0,8}$/);
/** Whatever XML 1.0 can say: no control characters but white space, no half of a pair. */
const words = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML has no way to say
  .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ''));

const tree = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc
    .record({
      name,
      attributes: fc.dictionary(name, words, { maxKeys: 4 }),
      text: words.filter((text) => text.trim() !== ''),
      children: fc.oneof(
        { depthSize: 'small', maxDepth: 4 },
        fc.constant<XmlElement[]>([]),
        fc.array(tie('element'), { maxLength: 4 }),
      ),
      leaf: fc.boolean(),
    })
    .map(({ name: called, attributes, text, children, leaf }): XmlElement => {
      const inside: XmlNode[] = leaf ? [{ type: 'text', text, position }] : children;
      return {
        type: 'element',
        name: called,
        local: called,
        namespace: '',
        attributes: Object.entries(attributes).map(([key, value]) => ({
          name: key,
          local: key,
          namespace: '',
          value,
          position,
        })),
        children: inside,
        position,
      };
    }),
})).element;

const plain = (element: XmlElement): unknown => [
  element.name,
  element.attributes.map(({ name: key, value }) => [key, value]),
  element.children.map((child) => (child.type === 'text' ? child.text : plain(child))),
];

test('what is written is read back the same, whatever its text and attributes hold', () => {
  fc.assert(
    fc.property(tree, (element) => {
      const { root, problems } = readXml(writeXml(element));
      expect(problems).toEqual([]);
      expect(root && plain(root)).toEqual(plain(element));
    }),
    { numRuns: 500 },
  );
});
