import { describe, expect, it } from 'vitest';
import { bytes, formatSize } from '../../../src/kinds/shape/bytes.ts';
import { choice } from '../../../src/kinds/shape/choice.ts';
import { Decoding } from '../../../src/kinds/shape/decoding.ts';
import { millis, seconds } from '../../../src/kinds/shape/duration.ts';
import type { Field } from '../../../src/kinds/shape/field.ts';
import { hex, integer } from '../../../src/kinds/shape/integer.ts';
import { xmlName } from '../../../src/kinds/shape/location.ts';
import { presence, switched, yesNo } from '../../../src/kinds/shape/on-off.ts';
import { XmlBuilder } from '../../../src/kinds/shape/xml-builder.ts';
import { XmlCursor } from '../../../src/kinds/shape/xml-cursor.ts';
import { readXml } from '../../../src/xml/reader.ts';
import { writeXml } from '../../../src/xml/writer.ts';

function yaml<T>(field: Field<T>, value: unknown): T | string | undefined {
  const decoding = new Decoding();
  const result = field.fromYaml(value, 'x', decoding);
  return decoding.problems[0]?.code ?? result;
}

function xml<T>(field: Field<T>, text: string): T | string | undefined {
  const decoding = new Decoding();
  const { root } = readXml(text);
  if (root === undefined) throw new Error(`not XML: ${text}`);
  const result = field.fromXml(new XmlCursor(root, decoding), 'x');
  return decoding.problems[0]?.code ?? result;
}

function written<T>(field: Field<T>, value: T): string {
  const builder = new XmlBuilder(xmlName('e'));
  field.toXml(value, builder);
  return writeXml(builder.build()).trim();
}

describe('a size', () => {
  const memory = bytes('memory', '');

  it('in YAML is bytes or a number with a unit', () => {
    expect(yaml(memory, 5)).toBe(5);
    expect(yaml(memory, '2GiB')).toBe(2 * 1024 ** 3);
    expect(yaml(memory, '2Gi')).toBe(2 * 1024 ** 3);
    expect(yaml(memory, '1.5 KiB')).toBe(1536);
    expect(yaml(memory, '1.1GB')).toBe(1_100_000_000);
  });

  it('that is no whole number of bytes, or too large to hold exactly, is refused', () => {
    for (const bad of [
      '1.5',
      '0.1KiB',
      '9000PiB',
      '12345678901234567890',
      2 ** 53,
      -1,
      Number.NaN,
      '2 gigs',
      '-1KiB',
      '',
    ]) {
      expect(yaml(memory, bad)).toMatch(/^(invalid-size|wrong-type)$/);
    }
  });

  it("in XML has libvirt's units, KiB when none is named", () => {
    expect(xml(memory, '<e><memory>4</memory></e>')).toBe(4096);
    expect(xml(memory, "<e><memory unit='k'>4</memory></e>")).toBe(4096);
    expect(xml(memory, "<e><memory unit='KB'>4</memory></e>")).toBe(4096);
    expect(xml(memory, "<e><memory unit='gib'>4</memory></e>")).toBe(4 * 1024 ** 3);
    expect(xml(memory, "<e><memory unit='b'>4</memory></e>")).toBe(1024);
    expect(xml(memory, "<e><memory unit='parsec'>4</memory></e>")).toBe('invalid-size');
    expect(xml(memory, '<e><memory>4.5</memory></e>')).toBe('invalid-size');
  });

  it('is shown with the largest unit that says it exactly', () => {
    expect([0, 1023, 1024, 1536, 3 * 1024 ** 3].map(formatSize)).toEqual([0, 1023, '1KiB', 1536, '3GiB']);
    expect(written(memory, 4096)).toBe("<e>\n  <memory unit='KiB'>4</memory>\n</e>");
    expect(written(memory, 5)).toBe("<e>\n  <memory unit='bytes'>5</memory>\n</e>");
  });
});

describe('a time', () => {
  it('has units in YAML', () => {
    expect([90, '90s', '2m', '1h', '2000ms'].map((value) => yaml(seconds('t', ''), value))).toEqual([
      90, 90, 120, 3600, 2,
    ]);
    expect(yaml(millis('t', ''), '2s')).toBe(2000);
    for (const bad of ['1.5s', '500ms', '5 minutes', -1, 1.5])
      expect(yaml(seconds('t', ''), bad)).toBe('invalid-value');
  });

  it('is shown with the largest unit that says it exactly', () => {
    expect([0, 90, 120, 7200].map(seconds('t', '').toYaml)).toEqual(['0s', '90s', '2m', '2h']);
    expect([0, 90, 5000].map(millis('t', '').toYaml)).toEqual(['0ms', '90ms', '5s']);
  });
});

describe('a number', () => {
  it('in XML is decimal or hexadecimal', () => {
    const slot = hex('@slot', '', 2, 31);
    expect(xml(slot, "<e slot='0x1f'/>")).toBe(31);
    expect(xml(slot, "<e slot='31'/>")).toBe(31);
    expect(xml(slot, "<e slot='0x20'/>")).toBe('invalid-value');
    expect(written(slot, 3)).toBe("<e slot='0x03'/>");
  });

  it('outside of its range, with a fraction or beyond exactness is refused', () => {
    for (const bad of [-1, 11, 1.5, 2 ** 53, '1e3', ' ', null]) {
      expect(yaml(integer('@n', '', { maximum: 10 }), bad)).toMatch(/invalid-value|wrong-type/);
    }
  });
});

describe('a choice', () => {
  const cache = choice('@cache', ['none', 'writeback'], '', {
    later: ['best'],
    xmlWords: { none: 'nought' },
  });

  it('suggests the word that was meant', () => {
    const decoding = new Decoding();
    cache.fromYaml('writebakc', 'x', decoding);
    expect(decoding.problems[0]).toMatchObject({
      code: 'invalid-value',
      suggestion: 'did you mean writeback?',
    });
  });

  it("can have other words in XML, and knows libvirt's words of later", () => {
    expect(xml(cache, "<e cache='nought'/>")).toBe('none');
    expect(xml(cache, "<e cache='none'/>")).toBe('invalid-value');
    expect(yaml(cache, 'best')).toBe('not-supported');
    expect(written(cache, 'none')).toBe("<e cache='nought'/>");
  });
});

describe('yes and no', () => {
  it('are booleans in YAML and words in XML', () => {
    expect(yaml(yesNo('@a', ''), true)).toBe(true);
    expect(yaml(yesNo('@a', ''), 'yes')).toBe('wrong-type');
    expect(xml(yesNo('@a', ''), "<e a='no'/>")).toBe(false);
    expect(xml(yesNo('@a', ''), "<e a='on'/>")).toBe('invalid-value');
  });

  it('of an element that only stands or not: no is the same as nothing', () => {
    expect(xml(presence('readonly', ''), '<e><readonly/></e>')).toBe(true);
    expect(xml(presence('readonly', ''), '<e/>')).toBeUndefined();
    expect(yaml(presence('readonly', ''), false)).toBeUndefined();
  });

  it('of an element with a state: standing there is yes', () => {
    const hap = switched('hap', '');
    expect(
      ['<e><hap/></e>', "<e><hap state='on'/></e>", "<e><hap state='off'/></e>"].map((text) =>
        xml(hap, text),
      ),
    ).toEqual([true, true, false]);
  });
});
