import { decodeWorker } from '../decode-worker.ts';
import { systemClock } from '../host/clock.ts';
import { kinds } from '../kinds/table.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import { orderByDependency } from '../plan/order.ts';
import type { BuiltIn } from '../policy/policy.ts';
import { DirectorySource } from '../source/directory.ts';
import { missingReferences } from '../source/merge.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { Command } from './command.ts';
import { judged } from './judged.ts';
import { policyOf } from './policy.ts';
import { nearby, printDiagnostics } from './sources.ts';
import { version } from './version.ts';

export const validate: Command = {
  name: 'validate',
  usage: 'validate PATH… [-o text|json|github|sarif] [--lenient] [--policy FILE]',
  about: 'check specs: schema, references, duplicates, policy; touches nothing',
  operands: 'many',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'text, json, github (annotations), sarif',
      choices: ['text', 'json', 'github', 'sarif'],
    },
    lenient: { about: 'unknown XML elements are warnings' },
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
    let resources = 0;
    for (const path of args.positionals) {
      const source = new DirectorySource(path, {
        kinds,
        clock: systemClock,
        log: silentLogger,
        settle: 0,
        ...(decodeWorker ? { worker: decodeWorker } : {}),
        decode: { lenient: args.is('lenient') },
      });
      const state = await source.read(AbortSignal.timeout(600_000));
      resources += state.declared.size;
      const origin = args.text('source') ?? source.origin;
      diagnostics.push(
        ...state.diagnostics,
        ...missingReferences(state, kinds),
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
      const defs = new Map([...state.declared].map(([text, { def }]) => [text, def]));
      for (const cycle of orderByDependency(defs, kinds).cycles) {
        diagnostics.push({
          severity: 'error',
          code: 'reference-cycle',
          message: `need each other: ${cycle.join(' → ')}`,
          file: path,
        });
      }
    }
    const near = diagnostics.map(nearby);
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    switch (args.text('output') ?? 'text') {
      case 'json':
        terminal.out(JSON.stringify({ resources, diagnostics: near }, null, 2));
        break;
      case 'github':
        for (const diagnostic of near) terminal.out(annotation(diagnostic));
        break;
      case 'sarif':
        terminal.out(JSON.stringify(sarif(near), null, 2));
        break;
      default:
        await printDiagnostics(diagnostics, terminal);
        if (errors === 0)
          terminal.out(`${resources} ${resources === 1 ? 'resource is' : 'resources are'} valid`);
        else terminal.err(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
    }
    return errors > 0 ? 1 : 0;
  },
};

/** GitHub's workflow command; its own escapes. */
function annotation({ severity, file, line, column, code, message, suggestion }: Diagnostic): string {
  const escaped = (text: string) =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const place = [
    file && `file=${property(file)}`,
    line && `line=${line}`,
    column && `col=${column}`,
    `title=${code}`,
  ]
    .filter(Boolean)
    .join(',');
  return `::${severity} ${place}::${escaped(suggestion ? `${message} (${suggestion})` : message)}`;
}

/** SARIF 2.1.0. */
function sarif(diagnostics: readonly Diagnostic[]): unknown {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'qonverge',
            version,
            rules: [...new Set(diagnostics.map(({ code }) => code))].map((id) => ({ id })),
          },
        },
        results: diagnostics.map(({ severity, code, message, suggestion, file, line, column }) => ({
          ruleId: code,
          level: severity,
          message: { text: suggestion ? `${message}: ${suggestion}` : message },
          ...(file === undefined
            ? {}
            : {
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: file },
                      ...(line === undefined
                        ? {}
                        : { region: { startLine: line, startColumn: column ?? 1 } }),
                    },
                  },
                ],
              }),
        })),
      },
    ],
  };
}
