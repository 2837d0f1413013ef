import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { impactReference } from '../src/cli/impact-reference.ts';
import { specReference } from '../src/cli/spec-reference.ts';
import { commands } from '../src/cli/table.ts';
import { version } from '../src/cli/version.ts';
import { kinds } from '../src/kinds/table.ts';
import { classSchema } from '../src/manifest/compose/class-schema.ts';
import { fileSchema } from '../src/manifest/compose/file-schema.ts';
import { overlaySchema } from '../src/manifest/compose/overlay.ts';
import { valuesSchema } from '../src/manifest/compose/values-file.ts';
import { testSchema } from '../src/manifest/test-file.ts';
import { diagnosticCodes } from '../src/model/diagnostic.ts';
import { failureCodes } from '../src/model/failure.ts';
import { policySchema } from '../src/policy/decode.ts';
import { configSchema } from '../src/source/config.ts';

function codesOf(section: string): string[] {
  const text = readFileSync('docs/errors.md', 'utf8').split(`## ${section}`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map((row) => row[1] ?? '');
}

test('docs/errors.md has one row for each diagnostic, and no other', () => {
  expect(codesOf('Diagnostics').sort()).toEqual([...diagnosticCodes].sort());
});

test('docs/errors.md has one row for each failure, and no other', () => {
  expect(codesOf('Failures').sort()).toEqual([...failureCodes].sort());
});

describe.each(Object.values(kinds))('kind $kind', (rules) => {
  const name = rules.kind.toLowerCase();

  test('its schema file is what the kind says (npm run schemas)', () => {
    expect(JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))).toEqual(fileSchema(rules));
  });

  test('its reference page is what the schema says (npm run schemas)', () => {
    expect(readFileSync(`docs/spec/${name}.md`, 'utf8')).toBe(
      specReference({ kind: rules.kind, schema: fileSchema(rules) }),
    );
  });
});

test.each([
  ['Policy', policySchema()],
  ['Config', configSchema()],
  ['Test', testSchema()],
  ['Overlay', overlaySchema()],
  ['DomainClass', classSchema()],
  ['Values', valuesSchema()],
])('schema and reference page of %s are what its codec says (npm run schemas)', (kind, schema) => {
  const name = kind.toLowerCase();
  expect(JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))).toEqual(schema);
  expect(readFileSync(`docs/spec/${name}.md`, 'utf8')).toBe(specReference({ kind, schema }));
});

test('the page of impacts is what the table says (npm run schemas)', () => {
  expect(readFileSync('docs/spec/impact.md', 'utf8')).toBe(impactReference());
});

test('the version is that of package.json', () => {
  expect(version).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
});

test('every command loads under its own name and says what it does', async () => {
  for (const [name, load] of Object.entries(commands)) {
    const command = await load();
    expect(command.name).toBe(name);
    expect(command.usage.startsWith(name)).toBe(true);
    expect(command.about).not.toBe('');
  }
});
