import { bytes } from '../kinds/shape/bytes.ts';
import { Decoding } from '../kinds/shape/decoding.ts';
import { elementCodec } from '../kinds/shape/element-codec.ts';
import { type Field, required } from '../kinds/shape/field.ts';
import { list } from '../kinds/shape/list.ts';
import { yesNo } from '../kinds/shape/on-off.ts';
import { text } from '../kinds/shape/text.ts';
import type { Diagnostic, Problem } from '../model/diagnostic.ts';
import type { JsonSchema } from '../model/json.ts';
import { apiVersion } from '../model/resource.ts';
import { plainSchema } from './plain-schema.ts';
import { readYaml } from './yaml-tree.ts';

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

/** A document of `kind: Test`: it declares nothing. */
export function readTest(document: Readonly<Record<string, unknown>>): {
  readonly expectations: readonly Expectation[];
  readonly problems: readonly Problem[];
} {
  const { apiVersion: _, kind: __, ...rest } = document;
  const decoding = new Decoding();
  const expectations = fileCodec.fromYaml(rest, '', decoding)?.expect ?? [];
  for (const [at, expectation] of expectations.entries())
    checkExpectation(expectation, `expect[${at}]`, decoding);
  return { expectations, problems: decoding.problems };
}

const judgements = ['equals', 'matches', 'exists', 'atMost', 'atLeast'] as const;

/** One that could not fail, or says nothing that can be told, is a mistake. */
function checkExpectation(expectation: Expectation, path: string, decoding: Decoding): void {
  const { resource, every, path: of, matches, argument } = expectation;
  if ((resource === undefined) === (every === undefined))
    decoding.report(
      'missing-field',
      path,
      'names either `resource` or `every`',
      'resource: Domain/web-1, or every: Domain',
    );
  const judged = judgements.some((name) => expectation[name] !== undefined);
  if (of !== undefined && !judged)
    decoding.report(
      'missing-field',
      `${path}.path`,
      'nothing is expected of it',
      `add one of ${judgements.join(', ')}`,
    );
  if (of === undefined && judged)
    decoding.report(
      'missing-field',
      path,
      'says what a value is to be, and not which',
      'add path: spec.memory',
    );
  if (of === undefined && !judged && argument === undefined)
    decoding.report(
      'missing-field',
      path,
      'expects nothing',
      'add a path and what it is to be, or an argument',
    );
  if (matches === undefined) return;
  try {
    new RegExp(matches, 'u');
  } catch (error) {
    decoding.report(
      'invalid-value',
      `${path}.matches`,
      `is no regular expression: ${(error as Error).message}`,
    );
  }
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
    const map = (document.value ?? {}) as Readonly<Record<string, unknown>>;
    const found = map['apiVersion'] === apiVersion && map['kind'] === 'Test' ? readTest(map) : noTest;
    for (const problem of found.problems)
      diagnostics.push({ severity: 'error', ...problem, file: file.path, ...document.locate(problem.path) });
    for (const [at, expectation] of found.expectations.entries())
      expectations.push({ expectation, file: file.path, ...document.locate(`expect[${at}]`) });
  }
  return { expectations, diagnostics };
}

const noTest: ReturnType<typeof readTest> = {
  expectations: [],
  problems: [
    {
      code: 'unknown-kind',
      path: 'kind',
      message: 'no test',
      suggestion: 'begin with `apiVersion: qonverge/v1` and `kind: Test`',
    },
  ],
};
