import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/kinds/table.ts';
import { decodeFile } from '../../../src/manifest/decode.ts';
import type { DomainDef } from '../../../src/model/domain.ts';
import { render } from '../../compare/candidate.ts';
import { casesOf, fixtures, records } from '../../compare/cases.ts';
import { unexplained } from '../../compare/known-differences.ts';
import { disguised, neutralId } from '../../compare/libvirt.ts';
import { judge } from '../../compare/outcome.ts';
import { readRecord } from '../../compare/record.ts';

// What libvirt 9.0 said of these domains is on record: `npm run compare -- --record`.
const cases = casesOf([fixtures]).map((one) => ({ ...one, text: disguised(one.xml, neutralId) }));

test('there are cases of many areas, and some that libvirt refuses', () => {
  expect(new Set(cases.map(({ area }) => area)).size).toBeGreaterThan(12);
  expect(cases.filter((one) => readRecord(records, one).refusal !== undefined).length).toBeGreaterThan(30);
});

describe.each(cases)('$area/$name', (one) => {
  test('is the machine that libvirt makes of it, but for known differences', () => {
    expect(unexplained(one, judge(one.text, readRecord(records, one)))).toEqual([]);
  });
});

/** Ids of `-device`, `-object` and the like that a word of the line needs before they are made. */
function neededTooEarly(line: readonly string[]): readonly string[] {
  const words = line.map((word) => word.replaceAll('"', ''));
  const madeAt = new Map(
    words.flatMap((word, at) => {
      const id = /\b(?:id|node-name)[=:]([^,}]+)/.exec(word)?.[1];
      return id === undefined ? [] : [[id, at] as const];
    }),
  );
  return words.flatMap((word, at) =>
    [...word.matchAll(/\b(?:bus|drive|file|backing|netdev|chardev|memdev|iothread|masterbus)[=:]([^,}]+)/g)]
      .map(([, used = '']) => (madeAt.has(used) ? used : used.replace(/\.\d+$/, '')))
      .filter((used) => (madeAt.get(used) ?? 0) > at),
  );
}

describe.each(cases)('$area/$name', ({ text }) => {
  test('names nothing on the command line before it is made', () => {
    expect(neededTooEarly(render('domain.xml', text).words ?? [])).toEqual([]);
  });
});

const taken = cases.flatMap((one) => {
  const { declared } = decodeFile({ path: 'domain.xml', text: one.text }, kinds);
  const def = declared[0]?.def as DomainDef | undefined;
  return def ? [{ ...one, def }] : [];
});

describe.each(taken)('$area/$name', ({ text, def }) => {
  const decoded = (xml: string) => decodeFile({ path: 'domain.xml', text: xml }, kinds);

  test('written as XML or YAML comes back as it was', () => {
    const { codec } = kinds.Domain;
    expect(codec.fromYaml(codec.toYaml(def))).toMatchObject({ def, problems: [] });
    const first = render('domain.xml', text).xml ?? '';
    expect(decoded(first).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('rendered as XML, and that rendered again, is the same to the byte', () => {
    const first = render('domain.xml', text).xml ?? '';
    expect(render('domain.xml', first).xml).toBe(first);
  });
});

test("libvirt's own dump of a domain is rendered as it stands", () => {
  const changed = taken.filter((one) => {
    const { xml } = readRecord(records, one);
    return xml !== undefined && unexplained(one, judge(xml, readRecord(records, one))).length > 0;
  });
  expect(changed.map(({ area, name }) => `${area}/${name}`)).toEqual([]);
});
