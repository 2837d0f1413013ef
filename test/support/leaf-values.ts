import type { JsonSchema } from '../../src/model/json.ts';
import { walkSchema } from './walk-schema.ts';

const numbers = [0, 1, 2, 7, 255, 65_535, 2 ** 31 - 1, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** What each field of a schema takes that is no free text: its words, both ways of a switch, numbers up to its ends. */
export function leafValues(schema: JsonSchema): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, Set<unknown>>();
  const add = (at: string, values: readonly unknown[]) => {
    const known = found.get(at) ?? new Set();
    for (const value of values) known.add(value);
    found.set(at, known);
  };
  walkSchema(schema, (node, at) => {
    const types = [node['type']].flat();
    if (Array.isArray(node['enum'])) add(at, node['enum'] as readonly unknown[]);
    else if (types.includes('boolean')) add(at, [true, false]);
    else if (types.includes('integer') || types.includes('number')) {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = node as {
        minimum?: number;
        maximum?: number;
      };
      add(at, [minimum, ...numbers.filter((one) => one > minimum && one < maximum), maximum]);
    }
  });
  return new Map([...found].map(([at, values]) => [at, [...values]]));
}
