import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../../src/kinds/table.ts';
import { decodeFile } from '../../../src/manifest/decode.ts';

const directory = new URL('../../../examples/', import.meta.url);

describe.each(readdirSync(directory).filter((file) => /\.(yaml|xml)$/.test(file)))(
  'the example %s',
  (file) => {
    const decoded = decodeFile({ path: file, text: readFileSync(new URL(file, directory), 'utf8') }, kinds);

    it('has no mistakes', () => {
      expect(decoded.diagnostics).toEqual([]);
    });

    it('means what is on record', async () => {
      const definitions = decoded.declared.map(({ def }) => def);
      expect(definitions.length).toBeGreaterThan(0);
      await expect(`${JSON.stringify(definitions, undefined, 2)}\n`).toMatchFileSnapshot(
        `../../golden/examples/${file}.json`,
      );
    });
  },
);
