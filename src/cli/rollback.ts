import { kinds } from '../kinds/table.ts';
import { Failure } from '../model/failure.ts';
import { workTreeOf } from '../source/git/work-tree.ts';
import { type RollbackTo, rollbackCommands, rollbackTo } from '../source/rollback-to.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';
import { commitWords } from './why.ts';

type Rollback = RollbackTo & {
  readonly key: string;
  readonly source: string;
  readonly commands: readonly string[];
};

export const rollback: Command = {
  name: 'rollback',
  usage: 'rollback NAME [--to REV] [-o text|json]',
  about: 'print the git commands that take a spec back; git is the truth, nothing is done behind it',
  flags: {
    to: {
      value: 'REV',
      about: 'the commit to go back to (default: the one before the last change of the file)',
    },
    output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] },
  },
  examples: ['qonverge rollback web-1', 'qonverge rollback web-1 --to v1.2 | sh -e'],
  async run(args, terminal) {
    const [name] = args.positionals;
    if (name === undefined) throw new Failure('refused', 'rollback needs a NAME', { retry: 'never' });
    const to = args.text('to');
    const answer = (await call(args, 'rollback', { name, ...(to === undefined ? {} : { to }) })) as
      | Rollback
      | { readonly key: string; readonly source: string; readonly file: string };
    const found = 'commands' in answer ? answer : await inWorkTree(answer, to);
    if (args.text('output') === 'json') {
      terminal.out(JSON.stringify(found, null, 2));
      return 0;
    }
    terminal.out(`# ${found.file} as of ${commitWords(found.to)}`);
    if (found.others.length > 0) terminal.out(`# goes back with it: ${found.others.join(', ')}`);
    for (const command of found.commands) terminal.out(command);
    return 0;
  },
};

async function inWorkTree(
  { key, source, file }: { readonly key: string; readonly source: string; readonly file: string },
  to: string | undefined,
): Promise<Rollback> {
  const tree = file.startsWith('/') ? await workTreeOf(file) : undefined;
  if (!tree)
    throw new Failure('not-found', `${file} is in no git work tree with a commit`, {
      retry: 'never',
      suggestion: 'keep the directory in git, or give the daemon the repository: qonverge watch --git URL',
    });
  const found = await rollbackTo(tree.past, tree.file, key, kinds, to);
  return { key, source, ...found, commands: rollbackCommands(found, key, { top: tree.top }) };
}
