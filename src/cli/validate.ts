import { decodeWorker } from '../decode-worker.ts';
import { systemClock } from '../host/clock.ts';
import { headRoomProblems } from '../kinds/domain/head-room.ts';
import { kinds } from '../kinds/table.ts';
import { type Declared, placeIn } from '../manifest/declared.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { DomainDef } from '../model/domain.ts';
import { Failure } from '../model/failure.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import { orderByDependency } from '../plan/order.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { BuiltIn } from '../policy/policy.ts';
import { DirectorySource } from '../source/directory.ts';
import { missingReferences } from '../source/merge.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { Command } from './command.ts';
import { completed } from './completed.ts';
import { judged } from './judged.ts';
import { policyOf } from './policy.ts';
import { findingOf } from './report/finding.ts';
import { reportFormats } from './report/formats.ts';
import { nearby, printDiagnostics, shownFile } from './sources.ts';
import { valuesFlag, valuesOf } from './values.ts';

export const validate: Command = {
  name: 'validate',
  usage:
    'validate PATH… [-o text|json|github|sarif|junit|gitlab|markdown] [--lenient] [--hints] [--policy FILE] [--values FILE]',
  about: 'check specs: schema, references, duplicates, policy; touches nothing',
  operands: 'many',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'text, json, github (annotations), sarif, junit, gitlab (code quality), markdown',
      choices: ['text', 'json', ...Object.keys(reportFormats)],
    },
    lenient: { about: 'unknown XML elements are warnings' },
    hints: {
      about: 'also what could not be added to a running machine, and the line that keeps room for it',
    },
    values: valuesFlag,
    source: { value: 'ORIGIN', about: 'as if the specs came from there, for --policy' },
    as: {
      value: 'BUILTIN',
      about: 'built-in policy where no entry of --policy fits (default: operator)',
      choices: ['operator', 'tenant'],
    },
  },
  examples: ['qonverge validate vms/', 'qonverge validate vms/ -o github'],
  async run(args, terminal) {
    if (args.positionals.length === 0)
      throw new Failure('refused', 'validate needs a PATH', { retry: 'never' });
    const policy = args.text('policy') === undefined ? undefined : await policyOf(args, terminal);
    if (policy === 'bad') return 1;
    const trust = (args.text('as') ?? 'operator') as BuiltIn;
    const diagnostics: Diagnostic[] = [];
    const values = await valuesOf(args);
    const files = new Set<string>();
    const declared = new Map<KeyText, Declared>();
    let resources = 0;
    for (const path of args.positionals) {
      const source = new DirectorySource(path, {
        kinds,
        clock: systemClock,
        log: silentLogger,
        settle: 0,
        ...values,
        ...(decodeWorker ? { worker: decodeWorker } : {}),
        decode: { lenient: args.is('lenient'), lint: true },
      });
      const state = await source.read(AbortSignal.timeout(600_000));
      resources += state.declared.size;
      for (const item of state.declared.values()) files.add(shownFile(item.file));
      const origin = args.text('source') ?? source.origin;
      diagnostics.push(
        ...state.diagnostics,
        ...missingReferences(state, kinds),
        ...(args.is('hints') ? [...state.declared.values()].flatMap(headRoom) : []),
        ...judged(state.declared, policy, { origin, trust, root: source.origin }),
      );
      if (state.declared.size === 0 && state.diagnostics.length === 0) {
        diagnostics.push({
          severity: 'warning',
          code: 'source-unavailable',
          message: 'no specs here',
          file: path,
        });
      }
      for (const [text, item] of state.declared) declared.set(text, item);
    }
    diagnostics.push(...circles(declared));
    const near = diagnostics.map(nearby);
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    const format = args.text('output') ?? 'text';
    const report = reportFormats[format];
    if (format === 'json') terminal.out(JSON.stringify({ resources, diagnostics: near }, null, 2));
    else if (report) {
      const text = report(near.map(findingOf), [...files]);
      if (text !== '') terminal.out(text);
    } else {
      await printDiagnostics(diagnostics, terminal);
      if (errors === 0)
        terminal.out(`${resources} ${resources === 1 ? 'resource is' : 'resources are'} valid`);
      else terminal.err(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
    }
    return errors > 0 ? 1 : 0;
  },
};

/** Resources that wait for each other for ever, wherever they are declared: told where the first of them is. */
function circles(declared: ReadonlyMap<KeyText, Declared>): Diagnostic[] {
  const defs = new Map([...declared].map(([text, { def }]) => [text, def]));
  return orderByDependency(defs, kinds).cycles.flatMap((cycle) => {
    const [first, next = first] = cycle;
    const item = first && declared.get(first);
    if (!item) return [];
    const { def } = item;
    const reference = rulesOf(kinds, def.kind)
      .references(def)
      .find(({ key }) => keyText(key) === next);
    return [
      {
        severity: 'error',
        code: 'reference-cycle',
        message: `need each other: ${[...cycle, first].join(' → ')}`,
        ...(reference ? { path: reference.path } : {}),
        suggestion: 'take one of these references out',
        ...placeIn(item, reference?.path ?? ''),
      },
    ];
  });
}

function headRoom({ def, file, position }: Declared): Diagnostic[] {
  if (def.kind !== 'Domain') return [];
  const problems = headRoomProblems(completed(def) as DomainDef);
  return problems.map((problem) => ({ severity: 'warning', ...problem, file, ...position }));
}
