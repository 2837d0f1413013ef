import { resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import { type Change, type Impact, impacts } from '../model/plan.ts';
import { type KeyText, type Kind, keyText } from '../model/resource.ts';
import type { Plan } from '../plan/plan-world.ts';
import { duration, type ParsedArguments } from './arguments.ts';
import { asWritten } from './as-written.ts';
import type { Command, Terminal } from './command.ts';
import { call } from './connection.ts';
import { maxDisruption, maxDisruptionFlag } from './disruption.ts';
import { type AgainstOptions, planAgainst } from './plan-against.ts';
import { policyOf } from './policy.ts';
import { paint } from './render-table.ts';
import { type Finding, findingOf } from './report/finding.ts';
import { reportFormats } from './report/formats.ts';
import { cell, code, markdownTable } from './report/markdown.ts';
import { type PlanInput, savePlan } from './saved-plan.ts';
import { nearby, printDiagnostics, shownFile, standardInput } from './sources.ts';
import { valuesFlag, valuesOf } from './values.ts';

export interface PlanResult extends Plan {
  readonly diagnostics: readonly Diagnostic[];
  readonly revision: string;
  /** Where each resource is declared. */
  readonly places?: Readonly<Record<KeyText, Place>>;
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What else it was built from. */
  readonly from?: readonly string[];
}

export const plan: Command = {
  name: 'plan',
  usage: 'plan PATH [-o text|json|markdown|github|sarif|junit|gitlab] [--out FILE] [--detailed-exitcode]',
  about: 'preview what apply would do; changes nothing',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'text, json, markdown, github (annotations), sarif, junit, gitlab (code quality)',
      choices: ['text', 'json', ...Object.keys(reportFormats)],
    },
    out: { value: 'FILE', about: 'keep the plan for `apply FILE`' },
    'detailed-exitcode': { about: '0 in sync, 2 changes, 3 with a restart, 4 data loss or blocked' },
    prune: { about: 'show removals of what is no longer declared' },
    'max-disruption': maxDisruptionFlag,
    against: { value: 'FILE', about: 'plan by a signed `export-status` of the host; no host is asked' },
    'host-key': { value: 'FILE', about: 'public key of that host' },
    'max-age': { value: 'TIME', about: 'how old the export may be (default 24h)' },
    source: { value: 'ORIGIN', about: 'the source of the host that these specs stand for' },
    settle: { value: 'TIME', about: 'how long a file must stay as it is (default 500ms)' },
    values: valuesFlag,
  },
  examples: ['qonverge plan vms/', 'qonverge plan vms/ --out plan.json && qonverge apply plan.json'],
  async run(args, terminal) {
    const [path] = args.positionals;
    if (path === undefined) throw new Failure('refused', 'plan needs a PATH', { retry: 'never' });
    const text = await standardInput(path);
    const input: PlanInput = {
      path: path === '-' ? path : resolve(path),
      prune: args.is('prune'),
      ...maxDisruption(args),
      ...(await valuesOf(args)),
    };
    const against = args.text('against');
    const policy =
      against === undefined || args.text('policy') === undefined ? undefined : await policyOf(args, terminal);
    if (policy === 'bad') return 1;
    const result =
      against === undefined
        ? ((await call(args, 'plan', { ...input, ...(text === undefined ? {} : { text }) })) as PlanResult)
        : await planAgainst(path, { ...againstOptions(against, args), ...(await valuesOf(args)), policy });
    const out = args.text('out');
    if (out !== undefined) await savePlan(out, { input, plan: result });
    const broken = result.diagnostics.some(({ severity }) => severity === 'error');
    const format = args.text('output') ?? 'text';
    if (format === 'text' || format === 'json')
      await printDiagnostics(result.diagnostics, terminal, new Map(text === undefined ? [] : [['-', text]]));
    if (format === 'json') terminal.out(JSON.stringify(planJson(result), null, 2));
    else if (format === 'markdown') terminal.out(markdown(result));
    // Of specs that can't be read nobody knows whether they are in sync.
    else if (format === 'text') {
      if (!broken || result.steps.length + result.held.length > 0)
        terminal.out(describePlan(result, terminal));
    } else {
      const files = Object.values(result.places ?? {}).map(({ file }) => shownFile(file));
      terminal.out(reportFormats[format]?.(findingsOf(result), files) ?? '');
    }
    if (broken) return 1;
    if (args.is('detailed-exitcode')) return exitCode(result);
    // Whoever names the worst that may happen wants to hear when it would.
    return result.held.some(({ reason }) => reason === 'MaxDisruption') ? 1 : 0;
  },
};

function againstOptions(file: string, args: ParsedArguments): AgainstOptions {
  const key = args.text('host-key');
  if (key === undefined)
    throw new Failure('refused', '--against needs --host-key FILE: who is to have signed it', {
      retry: 'never',
      suggestion: 'on the host: qonverge export-status --public-key > host.pub',
    });
  return {
    file,
    key,
    maxAge: duration(args.text('max-age') ?? '24h', 'max-age'),
    source: args.text('source'),
    prune: args.is('prune'),
    ...maxDisruption(args),
  };
}

function exitCode({ steps, held }: PlanResult): number {
  const worst = [...steps, ...held].reduce((most, { impact }) => Math.max(most, impacts.indexOf(impact)), 0);
  const blocked = held.some(({ reason }) => !['RestartPolicy', 'Suspended'].includes(reason));
  if (worst >= impacts.indexOf('recreate') || blocked) return 4;
  if (worst >= impacts.indexOf('restart')) return 3;
  return steps.length + held.length > 0 ? 2 : 0;
}

/** What a reviewer should see at its place: mistakes, what disturbs a guest, what waits. */
function findingsOf({ diagnostics, steps, held, places = {} }: PlanResult): Finding[] {
  const at = (key: KeyText) => {
    const place = places[key];
    return place ? { ...place, file: shownFile(place.file) } : {};
  };
  return [
    ...diagnostics.map((one) => findingOf(nearby(one))),
    ...steps.map(({ key, action, impact, reason }): Finding => {
      const severe = impacts.indexOf(impact) >= impacts.indexOf('restart');
      const message = `${keyText(key)}: ${action.type} (impact ${impact}): ${reason}`;
      return {
        severity: severe ? 'warning' : 'notice',
        code: `plan-${impact}`,
        message,
        ...at(keyText(key)),
      };
    }),
    ...held.map(({ key, reason, message }): Finding => {
      const text = `${keyText(key)} waits: ${message}`;
      return { severity: 'warning', code: `held-${reason}`, message: text, ...at(keyText(key)) };
    }),
  ];
}

/** The documented shape: flat keys, action words. */
export function planJson({ summary, steps, held, diagnostics }: PlanResult): unknown {
  return {
    summary,
    steps: steps.map(({ key, action, impact, reason, changes }) => ({
      kind: key.kind,
      name: key.name,
      action: action.type,
      impact,
      reason,
      changes,
    })),
    held: held.map(({ key, ...rest }) => ({ kind: key.kind, name: key.name, ...rest })),
    diagnostics,
  };
}

const colors: Readonly<Record<Impact, 'green' | 'yellow' | 'red'>> = {
  none: 'green',
  live: 'green',
  guest: 'yellow',
  restart: 'yellow',
  recreate: 'red',
  dataloss: 'red',
};

export function describePlan({ summary, steps, held, places = {} }: PlanResult, terminal: Terminal): string {
  if (steps.length === 0 && held.length === 0) return 'in sync: nothing to do';
  const lines: string[] = [];
  let last = '';
  for (const { key, action, impact, reason, changes } of steps) {
    const text = keyText(key);
    if (text !== last) lines.push(`${paint(text, 'bold', terminal.color)}${builtFrom(text, places)}`);
    last = text;
    lines.push(
      `  ${paint(action.type, colors[impact], terminal.color)}${impact === 'none' ? '' : ` (${impact})`}: ${reason}`,
    );
    for (const change of changes) if (change.path !== '') lines.push(`    ${changeLine(key.kind, change)}`);
  }
  for (const { key, reason, message, changes } of held) {
    lines.push(
      `${paint(keyText(key), 'bold', terminal.color)} ${paint(`held (${reason})`, 'yellow', terminal.color)}: ${message}`,
    );
    const place = reason === 'Invalid' ? places[keyText(key)] : undefined;
    if (place) lines.push(`    at ${shownFile(place.file)}:${place.line}`);
    for (const change of changes) if (change.path !== '') lines.push(`    ${changeLine(key.kind, change)}`);
  }
  const { create, change, restart, remove, unchanged } = summary;
  lines.push(
    '',
    `${create} to create, ${change} to change, ${restart} to restart, ${remove} to remove, ${summary.held} held, ${unchanged} unchanged`,
  );
  return lines.join('\n');
}

/** Which of the files that many machines share this one was built from. */
function builtFrom(key: KeyText, places: Readonly<Record<KeyText, Place>>): string {
  const from = places[key]?.from ?? [];
  const shown = from.map((words) => words.replaceAll(`${process.cwd()}/`, ''));
  return shown.length === 0 ? '' : `  (built from ${shown.join(', ')})`;
}

function changeLine(kind: Kind, { path, operation, current, desired }: Change): string {
  const show = (value: unknown) => {
    const text = JSON.stringify(asWritten(kind, path, value)) ?? '';
    return text.length > 60 ? `${text.slice(0, 57)}…` : text;
  };
  if (operation === 'add') return `+ ${path}: ${show(desired)}`;
  if (operation === 'remove') return `- ${path}: ${show(current)}`;
  return `~ ${path}: ${show(current)} → ${show(desired)}`;
}

function markdown({ summary, steps, held, diagnostics }: PlanResult): string {
  const { create, change, restart, remove, unchanged } = summary;
  const lines = [
    '### Qonverge plan',
    '',
    `**${create}** to create, **${change}** to change, **${restart}** to restart, **${remove}** to remove, **${summary.held}** held, ${unchanged} unchanged`,
  ];
  const table = markdownTable(diagnostics.map((one) => findingOf(nearby(one))));
  if (table !== '') lines.push('', table);
  if (steps.length + held.length === 0)
    return [...lines, '', table === '' ? 'In sync: nothing to do.' : 'Nothing else to do.'].join('\n');
  lines.push('', '| resource | action | impact | reason |', '| --- | --- | --- | --- |');
  for (const { key, action, impact, reason } of steps)
    lines.push(`| ${code(keyText(key))} | ${action.type} | ${impact} | ${cell(reason)} |`);
  for (const { key, reason, impact, message } of held)
    lines.push(`| ${code(keyText(key))} | held: ${reason} | ${impact} | ${cell(message)} |`);
  return lines.join('\n');
}
