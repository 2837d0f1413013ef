import { buildCommandLine } from '../drivers/qemu/command-line.ts';
import { renderContext } from '../drivers/qemu/render-context.ts';
import { bytes } from '../kinds/shape/bytes.ts';
import { Decoding } from '../kinds/shape/decoding.ts';
import { elementCodec } from '../kinds/shape/element-codec.ts';
import { type Field, required } from '../kinds/shape/field.ts';
import { list } from '../kinds/shape/list.ts';
import { yesNo } from '../kinds/shape/on-off.ts';
import { text } from '../kinds/shape/text.ts';
import { plainSchema } from '../manifest/plain-schema.ts';
import { readYaml } from '../manifest/yaml-tree.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { JsonSchema } from '../model/json.ts';
import { apiVersion, type Def, type KeyText } from '../model/resource.ts';

/** One thing that is to hold for the specs of a repository, completed as a host would. */
export interface Expectation {
  /** `Domain/web-1` */
  readonly resource?: string;
  /** `Domain`: all of this kind. */
  readonly every?: string;
  readonly path?: string;
  readonly equals?: string | number | boolean;
  readonly matches?: string;
  readonly exists?: boolean;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Some argument of QEMU's holds this text. */
  readonly argument?: string;
}

const anyScalar: Field<string | number | boolean> = {
  at: '.',
  about: 'The value is this one; sizes may have units.',
  required: false,
  schema: () => ({ type: ['string', 'number', 'boolean'] }),
  fromYaml: (value, path, decoding) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    decoding.report('wrong-type', path, 'must be a text, a number, true or false');
    return undefined;
  },
  toYaml: (value) => value,
  fromXml: () => undefined,
  toXml: () => undefined,
};
const size = (about: string) => bytes('.', about, { unit: 'bytes' });

const expectationCodec = elementCodec<Expectation>('expect', {
  resource: text('.', 'The resource: `Domain/web-1`.'),
  every: text('.', 'All resources of a kind: `Domain`.'),
  path: text(
    '.',
    'Definition path: `spec.devices.disks[0].bus`, or by name: `spec.devices.disks[root].bus`.',
  ),
  equals: anyScalar,
  matches: text('.', 'A regular expression that the value, as text, matches.'),
  exists: yesNo('.', 'There is such a value, or there is none.'),
  atMost: size('The most the value may be.'),
  atLeast: size('The least the value may be.'),
  argument: text('.', "Some argument of QEMU's holds this text."),
});

const fileCodec = elementCodec<{ readonly expect: readonly Expectation[] }>('test', {
  expect: required(list('expect', expectationCodec, 'What is to hold.')),
});

export function testSchema(): JsonSchema {
  return plainSchema('Test', fileCodec.schema(new Map()));
}

export interface Placed {
  readonly expectation: Expectation;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The expectations of a file, each with its place. */
export function decodeExpectations(file: { readonly path: string; readonly text: string }): {
  readonly expectations: readonly Placed[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const expectations: Placed[] = [];
  const { documents, problems } = readYaml(file.text);
  const diagnostics: Diagnostic[] = problems.map(({ position, ...problem }) => ({
    severity: 'error',
    ...problem,
    file: file.path,
    ...position,
  }));
  for (const document of documents) {
    const {
      apiVersion: version,
      kind,
      ...rest
    } = (document.value ?? {}) as Readonly<Record<string, unknown>>;
    const decoding = new Decoding();
    if (version !== apiVersion || kind !== 'Test')
      decoding.report(
        'unknown-kind',
        'kind',
        'no test',
        'begin with `apiVersion: qonverge/v1` and `kind: Test`',
      );
    const decoded = fileCodec.fromYaml(rest, '', decoding);
    for (const problem of decoding.problems)
      diagnostics.push({ severity: 'error', ...problem, file: file.path, ...document.locate(problem.path) });
    for (const [at, expectation] of (decoded?.expect ?? []).entries())
      expectations.push({ expectation, file: file.path, ...document.locate(`expect[${at}]`) });
  }
  return { expectations, diagnostics };
}

/** What does not hold, in words; nothing: all of it does. */
export function unmet(expectation: Expectation, defs: ReadonlyMap<KeyText, Def>): string[] {
  const { resource, every } = expectation;
  const wanted = [...defs].filter(([key, { kind }]) => key === resource || kind === every);
  if (wanted.length === 0) return [`there is no ${resource ?? every ?? 'resource or every'}`];
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
  const shown = `${path} is ${value === undefined ? 'not there' : JSON.stringify(value)}`;
  if (exists !== undefined && (value !== undefined) !== exists)
    problems.push(`${shown}, expected ${exists ? 'to be there' : 'nothing'}`);
  if (equals !== undefined && !isEqual(value, equals))
    problems.push(`${shown}, expected ${JSON.stringify(equals)}`);
  if (matches !== undefined && !(value !== undefined && new RegExp(matches, 'u').test(String(value))))
    problems.push(`${shown}, expected to match ${matches}`);
  if (atMost !== undefined && !(typeof value === 'number' && value <= atMost))
    problems.push(`${shown}, expected at most ${atMost}`);
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast))
    problems.push(`${shown}, expected at least ${atLeast}`);
  return problems;
}

/** `disks[0]`, `disks[root]` and plain names. */
function valueAt(def: Def, path: string): unknown {
  let value: unknown = def;
  for (const word of path.match(/[^.[\]]+/g) ?? []) {
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
  return size('').fromYaml(expected, '', new Decoding()) === value;
}
