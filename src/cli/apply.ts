import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import type { Held } from '../model/plan.ts';
import { keyText } from '../model/resource.ts';
import type { EventRecord } from '../telemetry/event-log.ts';
import { duration } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { call, person } from './connection.ts';
import { maxDisruption, maxDisruptionFlag, maxUnavailable, maxUnavailableFlag } from './disruption.ts';
import { applyEphemeral, ephemeralFlags } from './ephemeral.ts';
import { fingerprint, type PlanResult, plan } from './plan.ts';
import { paint } from './render-table.ts';
import { printDiagnostics, standardInput } from './sources.ts';
import { valuesFlag, valuesOf } from './values.ts';

interface ApplyResult {
  readonly inTime: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly converged: number;
  readonly total: number;
  readonly failed: readonly {
    readonly key: string;
    readonly code: string;
    readonly message: string;
    readonly suggestion?: string;
  }[];
  readonly held: readonly Held[];
  readonly unready: readonly { readonly key: string; readonly message: string }[];
}

export const apply: Command = {
  name: 'apply',
  usage: 'apply PATH|PLANFILE|- [--max-disruption I] [--prune] [--wait] [--timeout T] [--dry-run]',
  about: 'converge once, wait until converged, leave the machines running',
  flags: {
    'max-disruption': maxDisruptionFlag,
    'max-unavailable': maxUnavailableFlag,
    prune: { about: 'remove what this path no longer declares' },
    timeout: { value: 'TIME', about: 'how long to wait (default 5m)' },
    wait: { about: 'wait until each domain is Ready by its readiness as well' },
    'dry-run': { about: 'only show the plan' },
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'text, json; markdown with --ephemeral',
      choices: ['text', 'json', 'markdown'],
    },
    values: valuesFlag,
    ...ephemeralFlags,
    settle: { value: 'TIME', about: 'how long a file must stay as it is (default 500ms)' },
  },
  examples: [
    'qonverge apply vms/',
    'kustomize build | qonverge apply -',
    'qonverge apply vms/ --max-disruption live --prune',
    'qonverge apply vms/ --ephemeral --name-suffix pr-12 --ttl 2h -o markdown',
  ],
  async run(args, terminal) {
    const [given] = args.positionals;
    if (given === undefined) throw new Failure('refused', 'apply needs a PATH', { retry: 'never' });
    if (args.is('ephemeral')) return applyEphemeral(given, args, terminal);
    if (args.is('dry-run'))
      return plan.run({ ...args, text: (name) => (name === 'out' ? undefined : args.text(name)) }, terminal);
    const path = given.endsWith('.json') ? await checkedPlan(given, args) : given;
    const text = await standardInput(path);
    const timeout = args.text('timeout');
    const show = args.text('output') === 'json' ? () => undefined : progressPrinter(terminal);
    const input = {
      path: path === '-' ? path : resolve(path),
      by: person(),
      prune: args.is('prune'),
      wait: args.is('wait'),
      maxUnavailable: maxUnavailable(args),
      ...(await valuesOf(args)),
      ...(text === undefined ? {} : { text }),
      ...(timeout === undefined ? {} : { timeout: duration(timeout, 'timeout') }),
      ...maxDisruption(args),
    };
    const result = (await call(args, 'apply', input, { onMessage: show })) as ApplyResult;
    if (args.text('output') === 'json') terminal.out(JSON.stringify(result, null, 2));
    else await summarize(result, terminal, new Map(text === undefined ? [] : [['-', text]]));
    return exitCode(result);
  },
};

function exitCode({ inTime, failed, held, unready, diagnostics, converged, total }: ApplyResult): number {
  if (diagnostics.some(({ severity }) => severity === 'error') || failed.length > 0) return 1;
  if (
    held.some(
      ({ reason }) =>
        !['RestartPolicy', 'Suspended', 'NotInInventory', 'DependencyNotReady', 'Backoff'].includes(reason),
    )
  )
    return 1;
  return (inTime || converged === total) && unready.length === 0 ? 0 : 5;
}

async function summarize(
  result: ApplyResult,
  terminal: Terminal,
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  await printDiagnostics(result.diagnostics, terminal, texts);
  for (const { key, code, message, suggestion } of result.failed) {
    terminal.err(`${paint(`error[${code}]`, 'red', terminal.color)}: ${key}: ${message}`);
    if (suggestion) terminal.err(`  = ${suggestion}`);
  }
  const failed = new Set(result.failed.map(({ key }) => key));
  for (const { key, reason, message } of result.held.filter((held) => !failed.has(keyText(held.key))))
    terminal.err(`${paint(`held (${reason})`, 'yellow', terminal.color)}: ${keyText(key)}: ${message}`);
  for (const { key, message } of result.unready)
    terminal.err(`${paint('not ready', 'yellow', terminal.color)}: ${key}: ${message}`);
  terminal.out(`${result.converged} of ${result.total} converged${result.inTime ? '' : '; the time is up'}`);
}

/** On a terminal one line that moves, in a pipe a line for each thing that happens. */
function progressPrinter(terminal: Terminal): (message: Readonly<Record<string, unknown>>) => void {
  return ({ event, progress }) => {
    if (event) {
      const { key, reason, message, type } = event as EventRecord;
      const about = key === undefined ? '' : `${key} `;
      const line = `${about}${reason}${message ? `: ${message.split('\n')[0]}` : ''}`;
      terminal.err(
        `${terminal.isTty ? '\r\u001b[K' : ''}${type === 'Warning' ? paint(line, 'yellow', terminal.color) : line}`,
      );
    }
    if (progress && terminal.isTty) {
      const { done, total, waiting } = progress as { done: number; total: number; waiting: string[] };
      process.stderr.write(
        `\r\u001b[K${done}/${total} converged${waiting.length > 0 ? `, waiting for ${waiting.join(', ')}` : ''}\r`,
      );
      if (done === total) process.stderr.write('\u001b[K');
    }
  };
}

/** A saved plan is applied only if it is still what would be done. */
async function checkedPlan(file: string, args: Parameters<Command['run']>[0]): Promise<string> {
  let saved: { qonvergePlan?: number; path: string; fingerprint: string };
  try {
    saved = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Failure('refused', `${file} is no saved plan: ${(cause as Error).message}`, {
      cause,
      retry: 'never',
      suggestion: 'qonverge plan PATH --out FILE makes one',
    });
  }
  if (saved.qonvergePlan !== 1)
    throw new Failure('refused', `${file} is no saved plan`, {
      retry: 'never',
      suggestion: 'qonverge plan PATH --out FILE makes one',
    });
  const now = (await call(args, 'plan', {
    path: saved.path,
    prune: args.is('prune'),
    ...maxDisruption(args),
    ...(await valuesOf(args)),
  })) as PlanResult;
  if (fingerprint(now) !== saved.fingerprint) {
    throw new Failure('refused', 'the saved plan is stale: the spec or the host has changed since', {
      retry: 'never',
      suggestion: 'plan again',
    });
  }
  return saved.path;
}
