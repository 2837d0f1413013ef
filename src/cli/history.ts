import { Failure } from '../model/failure.ts';
import type { HistoryRow } from '../model/history.ts';
import { wholeNumber } from './arguments.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';
import { paint, renderTable } from './render-table.ts';

export const history: Command = {
  name: 'history',
  usage: 'history NAME [--limit N] [-o table|json]',
  about: 'what was done to a resource: revision, by whom, steps, how long it took, what came of it',
  flags: {
    limit: { value: 'N', short: 'n', about: 'how many of the past (default 20)' },
    output: { value: 'FORMAT', short: 'o', about: 'table, json', choices: ['table', 'json'] },
  },
  examples: ['qonverge history web-1', 'qonverge history Volume/data -o json'],
  async run(args, terminal) {
    const [name] = args.positionals;
    if (name === undefined) throw new Failure('refused', 'history needs a NAME', { retry: 'never' });
    const limit = wholeNumber(args.text('limit') ?? '20', 'limit');
    const result = (await call(args, 'history', { name, limit })) as { key: string; items: HistoryRow[] };
    if (args.text('output') === 'json') terminal.out(JSON.stringify(result, null, 2));
    else if (result.items.length === 0) terminal.out(`nothing was done to ${result.key} here`);
    else {
      const head = ['WHEN', 'REVISION', 'BY', 'AUTHOR', 'TOOK', 'OUTCOME', 'STEPS'];
      const rows = result.items.map((row) => cells(row, terminal.color));
      terminal.out(renderTable(head, rows, terminal.color));
    }
    return 0;
  },
};

const colors = {
  converged: 'green',
  held: 'yellow',
  continues: 'yellow',
  cancelled: 'yellow',
  failed: 'red',
} as const;

function cells(row: HistoryRow, color: boolean): string[] {
  const { at, by, commit, duration, outcome, message, times = 1 } = row;
  const again = times > 1 ? ` ×${times}` : '';
  const why = message === undefined ? '' : `: ${message.split('\n')[0]}`;
  return [
    `${at.slice(0, 19)}Z`,
    revisionShown(row),
    by,
    commit?.author ?? '-',
    `${(duration / 1000).toFixed(duration < 10_000 ? 2 : 0)}s`,
    paint(`${outcome}${again}`, colors[outcome], color),
    `${stepsShown(row)}${why}`,
  ];
}

/** The commit, or the digest of the spec where there is none. */
export function revisionShown({ commit, revision }: Pick<HistoryRow, 'commit' | 'revision'>): string {
  return (commit?.id ?? revision ?? '-').slice(0, 12);
}

/** Done steps and, in brackets, those that it did not come to. */
export function stepsShown({ steps, done }: Pick<HistoryRow, 'steps' | 'done'>): string {
  return steps.map(({ action }, at) => (at < done ? action : `(${action})`)).join(' → ');
}
