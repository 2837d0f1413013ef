import { resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import type { Held } from '../model/plan.ts';
import { keyText } from '../model/resource.ts';
import type { EventRecord } from '../telemetry/event-log.ts';
import { duration, type ParsedArguments } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { call, person } from './connection.ts';
import { maxDisruption, maxDisruptionFlag, maxUnavailable, maxUnavailableFlag } from './disruption.ts';
import { applyEphemeral, checkEphemeral, ephemeralFlags } from './ephemeral.ts';
import { describePlan, type PlanResult, plan, planJson } from './plan.ts';
import { paint } from './render-table.ts';
import { fingerprint, openSavedPlan, type SavedPlan, stale } from './saved-plan.ts';
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
    'qonverge plan vms/ --prune --out plan.json && qonverge apply plan.json',
    'qonverge apply vms/ --ephemeral --name-suffix pr-12 --ttl 2h -o markdown',
  ],
  async run(args, terminal) {
    const [given] = args.positionals;
    if (given === undefined) throw new Failure('refused', 'apply needs a PATH', { retry: 'never' });
    checkEphemeral(args);
    if (args.is('ephemeral')) return applyEphemeral(given, args, terminal);
    const saved = await openSavedPlan(given);
    if (args.is('dry-run') && !saved)
      return plan.run({ ...args, text: (name) => (name === 'out' ? undefined : args.text(name)) }, terminal);
    const path = saved?.input.path ?? given;
    const text = await standardInput(path);
    const what = {
      ...saved?.input,
      path: path === '-' ? path : resolve(path),
      prune: args.is('prune') || saved?.input.prune === true,
      ...maxDisruption(args),
      ...(await valuesOf(args)),
      ...(text === undefined ? {} : { text }),
    };
    const json = args.text('output') === 'json';
    if (saved) await refuseStale(saved, args, what);
    if (saved && args.is('dry-run')) {
      terminal.out(json ? JSON.stringify(planJson(saved.plan), null, 2) : describePlan(saved.plan, terminal));
      return 0;
    }
    const timeout = args.text('timeout');
    const show = json ? () => undefined : progressPrinter(terminal);
    const input = {
      ...what,
      by: person(),
      wait: args.is('wait'),
      maxUnavailable: maxUnavailable(args),
      ...(timeout === undefined ? {} : { timeout: duration(timeout, 'timeout') }),
      ...(saved ? { revision: saved.plan.revision } : {}),
    };
    const result = (await call(args, 'apply', input, { onMessage: show })) as ApplyResult;
    if (json) terminal.out(JSON.stringify(result, null, 2));
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
async function refuseStale(
  { plan: promised }: SavedPlan,
  args: ParsedArguments,
  input: object,
): Promise<void> {
  const now = (await call(args, 'plan', input)) as PlanResult;
  if (fingerprint(now) !== fingerprint(promised)) throw stale();
}
