import { buildCommandLine } from '../drivers/qemu/command-line.ts';
import { renderContext } from '../drivers/qemu/render-context.ts';
import { bytes } from '../kinds/shape/bytes.ts';
import { Decoding } from '../kinds/shape/decoding.ts';
import type { Expectation } from '../manifest/test-file.ts';
import type { Def, KeyText } from '../model/resource.ts';
import { asWritten } from './as-written.ts';

const size = bytes('.', 'A size.', { unit: 'bytes' });

/** What does not hold, in words; nothing: all of it does. */
export function unmet(expectation: Expectation, defs: ReadonlyMap<KeyText, Def>): string[] {
  const { resource, every } = expectation;
  const wanted = [...defs].filter(([key, { kind }]) => key === resource || kind === every);
  if (wanted.length === 0) return [`there is no ${resource ?? every}`];
  return wanted.flatMap(([key, def]) => problemOf(expectation, def).map((problem) => `${key}: ${problem}`));
}

function problemOf(expectation: Expectation, def: Def): string[] {
  const { path, equals, matches, exists, atMost, atLeast, argument } = expectation;
  const problems: string[] = [];
  if (argument !== undefined) {
    const { args } =
      def.kind === 'Domain' ? buildCommandLine(def, renderContext(def.metadata.name)) : { args: [] };
    if (!args.some((word) => word.includes(argument))) problems.push(`no argument of QEMU holds ${argument}`);
  }
  if (path === undefined) return problems;
  const value = valueAt(def, path);
  const written = (one: unknown) => JSON.stringify(asWritten(def.kind, path, one));
  const shown = `${path} is ${value === undefined ? 'not there' : written(value)}`;
  if (exists !== undefined && (value !== undefined) !== exists)
    problems.push(`${shown}, expected ${exists ? 'to be there' : 'nothing'}`);
  if (equals !== undefined && !isEqual(value, equals))
    problems.push(`${shown}, expected ${JSON.stringify(equals)}`);
  if (matches !== undefined && !(value !== undefined && new RegExp(matches, 'u').test(String(value))))
    problems.push(`${shown}, expected to match ${matches}`);
  if (atMost !== undefined && !(typeof value === 'number' && value <= atMost))
    problems.push(`${shown}, expected at most ${written(atMost)}`);
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast))
    problems.push(`${shown}, expected at least ${written(atLeast)}`);
  return problems;
}

/** `disks[0]`, `disks[root]`, `labels[example.org/owner]` and plain names. */
function valueAt(def: Def, path: string): unknown {
  let value: unknown = def;
  for (const [, inside, plain] of path.matchAll(/\[([^\]]+)\]|([^.[\]]+)/g)) {
    const word = inside ?? plain ?? '';
    if (Array.isArray(value))
      value = /^\d+$/.test(word)
        ? value[Number(word)]
        : value.find((item: unknown) => (item as { name?: unknown } | null)?.name === word);
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, word))
      value = (value as Readonly<Record<string, unknown>>)[word];
    else return undefined;
  }
  return value;
}

function isEqual(value: unknown, expected: string | number | boolean): boolean {
  if (value === expected) return true;
  if (typeof value !== 'number' || typeof expected !== 'string') return false;
  return size.fromYaml(expected, '', new Decoding()) === value;
}
