import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/report/finding.ts';
import { reportFormats } from '../../src/cli/report/formats.ts';
import { readXml } from '../../src/xml/reader.ts';

const findings: Finding[] = [
  {
    severity: 'error',
    code: 'unknown-field',
    message: 'a "b" <c> & d\n50%',
    file: 'vms/a b.yaml',
    line: 3,
    column: 7,
    suggestion: 'did you mean x?',
  },
  { severity: 'warning', code: 'plain-secret', message: 'x | `y` ![z](u) @all', file: 'vms/b.yaml', line: 1 },
  { severity: 'notice', code: 'plan-live', message: 'no place' },
];
const report = (format: string, found: readonly Finding[] = findings) =>
  reportFormats[format]?.(found, ['vms/c.yaml']) ?? '';

const schemaFile = 'node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';
const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true });
// Its own `$schema` is draft 04, of which it uses nothing that later drafts read otherwise.
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
const isSarif = ajv.compile(schema);

/** The bars that part cells, as GitHub's Markdown reads a row. */
const barsOf = (row: string) => row.replace(/\\[!-/:-@[-`{-~]/g, '').split('|').length - 1;

const arbitrary = fc.record(
  {
    severity: fc.constantFrom('error' as const, 'warning' as const, 'notice' as const),
    code: fc.stringMatching(/^[a-z-]{1,10}$/),
    message: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\\', '|', '`', 'a') }),
    ),
    file: fc.string({ unit: fc.oneof(fc.constantFrom('\ud800', '\\', '|'), fc.string({ maxLength: 1 })) }),
    line: fc.integer({ min: 1, max: 9999 }),
    column: fc.integer({ min: 1, max: 9999 }),
    suggestion: fc.string(),
  },
  { requiredKeys: ['severity', 'code', 'message'] },
);

describe('a report', () => {
  test('as SARIF is valid by the schema of 2.1.0, and so is one without findings; half a one is not', () => {
    for (const found of [findings, []])
      expect([isSarif(JSON.parse(report('sarif', found))), isSarif.errors]).toEqual([true, null]);
    expect(isSarif({ version: '2.1.0' })).toBe(false);
    const [run] = (
      JSON.parse(report('sarif')) as { runs: { results: { level: string; locations?: unknown }[] }[] }
    ).runs;
    expect(run?.results.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
    expect(run?.results[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'vms/a%20b.yaml' },
          region: { startLine: 3, startColumn: 7 },
        },
      },
    ]);
  });

  test('as annotations has one line a finding, with everything escaped', () => {
    expect(report('github').split('\n')).toEqual([
      '::error file=vms/a b.yaml,line=3,col=7,title=unknown-field::a "b" <c> & d%0A50%25 (did you mean x?)',
      '::warning file=vms/b.yaml,line=1,title=plain-secret::x | `y` ![z](u) @all',
      '::notice title=plan-live::no place',
    ]);
  });

  test('as JUnit is well-formed, counts cases, and a file without findings passes', () => {
    const { root, problems } = readXml(report('junit'));
    expect(problems).toEqual([]);
    expect(root?.attributes.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'name=qonverge',
      'tests=4',
      'failures=1',
    ]);
    expect(report('junit')).toContain('<testcase classname="qonverge" name="vms/c.yaml"/>');
  });

  test('as code quality of GitLab has fingerprints that differ, and stay when a line moves', () => {
    const twice = [...findings, ...findings.map((one) => ({ ...one, line: 99 }))];
    const of = (found: Finding[]) =>
      (JSON.parse(report('gitlab', found)) as { fingerprint: string }[]).map(
        ({ fingerprint }) => fingerprint,
      );
    expect(new Set(of(twice)).size).toBe(6);
    expect(of(findings.map((one) => ({ ...one, line: 50 })))).toEqual(of(findings));
  });

  test('as Markdown keeps each finding in its cell, without pictures, links, HTML or people that are called', () => {
    const lines = report('markdown').split('\n');
    expect(lines).toHaveLength(5);
    expect(report('markdown')).not.toMatch(/!\[|(?<!\\)\]\(|<c>|@all|[^\\]\| `y`/);
  });

  test('as Markdown calls nobody, leads nowhere, and stays in its cell', () => {
    const message = '@all #12 https://e.example www.e.example \\| x | [a](b) ![c](d) **e** ##[error]f';
    const found = [{ severity: 'error', code: 'c|\\|', message } as const];
    const [row = ''] = report('markdown', found).split('\n').slice(2);
    expect(row).not.toMatch(/@a|#1|:\/\/|www\.|(?<!\\)[[\]*]/);
    expect(barsOf(row)).toBe(5);
    expect(report('github', found)).not.toContain('##[');
  });

  test('whatever is found, each form can be read again', () => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 5 }), (found) => {
        expect(
          report('github', found)
            .split('\n')
            .filter((row) => row !== ''),
        ).toHaveLength(found.length);
        expect(JSON.parse(report('gitlab', found))).toHaveLength(found.length);
        expect(readXml(report('junit', found)).problems).toEqual([]);
        expect(report('markdown', found).split('\n')).toHaveLength(found.length === 0 ? 1 : found.length + 2);
        for (const row of report('markdown', found).split('\n').slice(2)) expect(barsOf(row)).toBe(5);
        expect(isSarif(JSON.parse(report('sarif', found)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
