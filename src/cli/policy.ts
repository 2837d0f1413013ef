import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { policyFile } from '../daemon.ts';
import { systemClock } from '../host/clock.ts';
import { readTrusted } from '../host/trusted-file.ts';
import { kinds } from '../kinds/table.ts';
import { Failure } from '../model/failure.ts';
import { decodePolicy } from '../policy/decode.ts';
import type { BuiltIn, Policy } from '../policy/policy.ts';
import { rulesFor } from '../policy/rules-for.ts';
import { DirectorySource } from '../source/directory.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { ParsedArguments } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { judged } from './judged.ts';
import { paint } from './render-table.ts';
import { printDiagnostics } from './sources.ts';

export const policy: Command = {
  name: 'policy',
  usage: 'policy test PATH… | policy show [--source ORIGIN] [--as operator|tenant]',
  about: 'what specs may reach on this host: try specs against the policy, or show what holds',
  operands: 'many',
  flags: {
    source: {
      value: 'ORIGIN',
      about: 'as if the specs came from there: https://git.example.com/vms.git#main:vms',
    },
    as: {
      value: 'BUILTIN',
      about: 'built-in policy where no entry fits (default: tenant)',
      choices: ['operator', 'tenant'],
    },
    output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] },
  },
  examples: [
    'qonverge policy test vms/ --source https://git.example.com/vms.git#main:vms',
    'qonverge policy show --as tenant',
  ],
  async run(args, terminal) {
    const [verb, ...paths] = args.positionals;
    const found = await policyOf(args, terminal);
    if (found === 'bad') return 1;
    const trust = (args.text('as') ?? 'tenant') as BuiltIn;
    if (verb === 'show') {
      const { origin, ...rules } = rulesFor(found, { origin: args.text('source') ?? '', trust }, '');
      terminal.out(JSON.stringify({ from: origin('source').words, ...rules }, null, 2));
      return 0;
    }
    if (verb !== 'test' || paths.length === 0)
      throw new Failure('refused', 'policy needs `test PATH…` or `show`', { retry: 'never' });
    return test(paths, found, { trust, args, terminal });
  },
};

interface Test {
  readonly trust: BuiltIn;
  readonly args: ParsedArguments;
  readonly terminal: Terminal;
}

async function test(
  paths: readonly string[],
  found: Policy | undefined,
  { trust, args, terminal }: Test,
): Promise<number> {
  let refused = 0;
  for (const path of paths) {
    const source = new DirectorySource(path, { kinds, clock: systemClock, log: silentLogger, settle: 0 });
    const { declared, diagnostics } = await source.read(AbortSignal.timeout(600_000));
    const origin = args.text('source') ?? source.origin;
    const violations = judged(declared, found, { origin, trust, root: source.origin });
    refused += violations.length + diagnostics.filter(({ severity }) => severity === 'error').length;
    if (args.text('output') === 'json') {
      terminal.out(JSON.stringify({ origin, resources: declared.size, violations, diagnostics }, null, 2));
      continue;
    }
    await printDiagnostics([...diagnostics, ...violations], terminal);
    const bad = new Set(violations.map(({ message }) => message.split(':', 1)[0]));
    for (const text of declared.keys()) {
      const mark = bad.has(text)
        ? paint('refused', 'red', terminal.color)
        : paint('granted', 'green', terminal.color);
      terminal.out(`${mark}  ${text}`);
    }
  }
  return refused > 0 ? 1 : 0;
}

/** The policy that the command names, or this host's own; `bad`: it has mistakes, which were printed. */
export async function policyOf(
  args: ParsedArguments,
  terminal: Terminal,
): Promise<Policy | undefined | 'bad'> {
  const given = args.text('policy') ?? process.env['QONVERGE_POLICY'];
  const file = resolve(given ?? policyFile);
  const text = given === undefined ? await readTrusted(file) : await readFile(file, 'utf8');
  if (text === undefined) return undefined;
  const { policy: found, diagnostics } = decodePolicy({ path: given ?? policyFile, text });
  if (found) return found;
  await printDiagnostics(diagnostics, terminal, new Map([[given ?? policyFile, text]]));
  return 'bad';
}
