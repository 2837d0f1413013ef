import { Failure } from '../model/failure.ts';
import type { Departed } from '../reconcile/host-shutdown.ts';
import { duration } from './arguments.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';

const words: Readonly<Record<Departed['how'], string>> = {
  stopped: 'is down',
  saved: 'is saved and down',
  forced: 'did not go down by itself, and was ended',
  left: 'still runs',
};

export const host: Command = {
  name: 'host',
  usage: 'host shutdown [--on-shutdown stop|suspend] [--timeout 5m] [--no-force]',
  about: 'before this host goes down: take down all that runs, in order',
  flags: {
    'on-shutdown': {
      value: 'HOW',
      about: 'stop, or suspend: memory to a file, to go on from at the next start (default stop)',
      choices: ['stop', 'suspend'],
    },
    timeout: { value: 'TIME', about: 'for all of it (default 5m)' },
    'no-force': { about: 'leave running what does not go down in its time; exit 5' },
  },
  examples: ['qonverge host shutdown --on-shutdown suspend --timeout 3m'],
  async run(args, terminal) {
    const [verb] = args.positionals;
    if (verb !== 'shutdown')
      throw new Failure('refused', verb === undefined ? 'host needs a word' : `host does not know ${verb}`, {
        retry: 'never',
        suggestion: 'usage: qonverge host shutdown',
      });
    const input = {
      mode: args.text('on-shutdown') ?? 'stop',
      timeout: duration(args.text('timeout') ?? '5m', 'timeout'),
      noForce: args.is('no-force'),
    };
    const show = ({ departed }: Readonly<Record<string, unknown>>) => {
      if (departed === undefined) return;
      const { key, how, message } = departed as Departed;
      terminal.out(`${key.name} ${words[how]}${message === undefined ? '' : `: ${message}`}`);
    };
    const { departed } = (await call(args, 'host-shutdown', input, { onMessage: show })) as {
      departed: readonly Departed[];
    };
    const left = departed.filter(({ how }) => how === 'left').length;
    terminal.out(`${departed.length - left} of ${departed.length} are down`);
    return left > 0 ? 5 : 0;
  },
};
