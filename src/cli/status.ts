import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { ResourceStatus, SourceStatus } from '../model/status.ts';
import { asWritten } from './as-written.ts';
import type { Command, Terminal } from './command.ts';
import { call } from './connection.ts';
import { paint, renderTable } from './render-table.ts';
import { sourceErrors } from './source-errors.ts';

export const status: Command = {
  name: 'status',
  usage: 'status [KIND/NAME | NAME] [-o table|json|yaml|name] [--watch]',
  about: 'state, conditions and pending changes of everything, or of one',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'table, json, yaml, name',
      choices: ['table', 'json', 'yaml', 'name'],
    },
    watch: { short: 'w', about: 'again every second' },
  },
  examples: ['qonverge status', 'qonverge status web-1 -o yaml', 'qonverge status volume -o json'],
  async run(args, terminal) {
    const [name] = args.positionals;
    for (;;) {
      const input = name === undefined ? {} : { name };
      const result = (await call(args, 'status', input, { inspect: true })) as Result;
      // Home, and clear what is below: nothing goes into the scrollback, nothing flickers.
      if (args.is('watch') && terminal.isTty) process.stdout.write('\u001b[H\u001b[J');
      const single = name !== undefined && result.items.length === 1;
      print(result, args.text('output') ?? 'table', terminal, single);
      if (!args.is('watch')) return 0;
      await sleep(1_000);
    }
  },
};

interface Result {
  readonly items: readonly ResourceStatus[];
  readonly sources?: readonly SourceStatus[];
}

function print(result: Result, format: string, terminal: Terminal, single: boolean): void {
  const { items, sources = [] } = result;
  if (format === 'json') terminal.out(JSON.stringify(result, null, items.length > 1_000 ? 0 : 2));
  else if (format === 'yaml') terminal.out(stringify(result).trimEnd());
  else if (format === 'name') terminal.out(items.map(({ kind, name }) => `${kind}/${name}`).join('\n'));
  else if (items.length === 0) terminal.out('nothing is defined here; `qonverge apply PATH` begins');
  else {
    terminal.out(
      renderTable(
        ['KIND', 'NAME', 'STATE', 'READY', 'PENDING', 'PID', 'MESSAGE'],
        items.map((item) => row(item, terminal)),
        terminal.color,
      ),
    );
    const [only] = items;
    if (single && only) for (const line of details(only)) terminal.out(line);
  }
  if (format === 'table') for (const source of sources) printTrouble(source, terminal);
}

/** What is wrong with a source as a whole stands below the table. */
function printTrouble(source: SourceStatus, terminal: Terminal): void {
  const { origin, frozen } = source;
  if (frozen === undefined) return;
  terminal.out('');
  terminal.out(`${paint(origin, 'yellow', terminal.color)}: ${frozen}`);
  for (const line of sourceErrors(source)) terminal.out(line);
}

function row(item: ResourceStatus, terminal: Terminal): string[] {
  const ready = item.conditions.find(({ type }) => type === 'Ready');
  const abnormal =
    item.conditions.find(({ type }) => type === 'Stalled') ??
    item.conditions.find(
      ({ type, status: value }) => !['Ready', 'InSync'].includes(type) && value === 'True',
    );
  const trouble = item.conditions.find(({ type, status: value }) => type === 'InSync' && value !== 'True');
  // What works may still be held: that is worth a word too.
  const said = ready?.status === 'True' ? (abnormal ?? trouble) : (ready ?? trouble);
  const good = item.state === 'running' || item.state === 'available';
  return [
    item.kind,
    item.name,
    paint(item.state, good ? 'green' : item.state === 'shutoff' ? 'dim' : 'yellow', terminal.color),
    paint(ready?.status ?? 'Unknown', ready?.status === 'True' ? 'green' : 'yellow', terminal.color),
    item.pending.length > 0 ? paint(String(item.pending.length), 'yellow', terminal.color) : '-',
    item.pid === undefined ? '-' : String(item.pid),
    shortened(said?.message.split('\n')[0] ?? (item.saved ? 'saved: its next start goes on from there' : '')),
  ];
}

function shortened(text: string, most = 100): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function shown({ kind }: ResourceStatus, path: string, value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(asWritten(kind, path, value));
}

function details(item: ResourceStatus): string[] {
  const lines = [''];
  if (item.uuid) lines.push(`uuid        ${item.uuid}`);
  if (item.runState) lines.push(`run state   ${item.runState}`);
  if (item.file) lines.push(`file        ${item.file}`);
  if (item.saved) lines.push(`saved       ${item.saved.at}, ${Math.ceil(item.saved.bytes / 2 ** 20)} MiB`);
  if (item.intent) lines.push(`intent      ${item.intent}`);
  for (const { type, status: value, reason, message } of item.conditions)
    lines.push(`${type.padEnd(15)} ${value.padEnd(8)} ${reason}${message ? `: ${message}` : ''}`);
  if (item.pending.length > 0) lines.push('', 'pending:');
  for (const { path, current, desired } of item.pending)
    lines.push(`  ${path}: ${shown(item, path, current)} → ${shown(item, path, desired)}`);
  return lines;
}
