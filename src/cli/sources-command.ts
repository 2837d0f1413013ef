import type { SourceStatus } from '../model/status.ts';
import type { SourceReport } from '../source/contract.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';
import { paint } from './render-table.ts';
import { sourceErrors } from './source-errors.ts';

export const sources: Command = {
  name: 'sources',
  usage: 'sources [-o text|json]',
  about: 'where the daemon has its specs from: commit, signature, what is wrong',
  operands: 'none',
  flags: { output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] } },
  async run(args, terminal) {
    const { items } = (await call(args, 'sources', {})) as {
      items: Partial<SourceReport & SourceStatus>[];
    };
    if (args.text('output') === 'json') {
      terminal.out(JSON.stringify({ items }, null, 2));
      return 0;
    }
    if (items.length === 0) terminal.out('no daemon watches anything here');
    for (const { origin = '', commit, frozen, resources, conditions = [], errors = [] } of items) {
      terminal.out(paint(origin, 'bold', terminal.color));
      if (commit) {
        terminal.out(
          `  commit   ${commit.id.slice(0, 12)} ${commit.date} ${commit.author}: ${commit.subject}`,
        );
        terminal.out(`  signed   ${commit.signer ?? 'by nobody who was asked for'}`);
      }
      if (resources !== undefined)
        terminal.out(`  declares ${resources} ${resources === 1 ? 'resource' : 'resources'}`);
      for (const { type, status, reason, message, suggestion } of conditions) {
        const good = status !== 'False' && type !== 'Stale';
        terminal.out(
          `  ${type.padEnd(8)} ${paint(`${status} (${reason})`, good ? 'green' : 'red', terminal.color)} ${message}`,
        );
        if (suggestion !== undefined) terminal.out(`           ${suggestion}`);
      }
      if (frozen !== undefined) {
        const told = conditions.some(({ message }) => message.startsWith(frozen));
        const words = told ? 'what was last good goes on, and nothing is removed' : frozen;
        terminal.out(`  ${paint('frozen', 'yellow', terminal.color)}   ${words}`);
      }
      for (const line of sourceErrors({ origin, errors, ...(frozen === undefined ? {} : { frozen }) }))
        terminal.out(line);
    }
    return 0;
  },
};
