import { Failure } from '../model/failure.ts';
import type { ResourceStatus } from '../model/status.ts';
import { duration, type Flags } from './arguments.ts';
import type { Command } from './command.ts';
import { call, person } from './connection.ts';

/** A command that asks one thing of one resource. */
function about(name: string, words: string, flags: Flags = {}, past = ''): Command {
  return {
    name,
    usage: `${name} NAME…${flags['stop'] ? ' [--stop]' : ''}${flags['force'] ? ' [--force]' : ''}${flags['discard'] ? ' [--discard]' : ''}${flags['for'] ? ' [--for TIME]' : ''}${flags['reason'] ? ' [--reason TEXT]' : ''}`,
    about: words,
    flags,
    operands: 'many',
    async run(args, terminal) {
      if (args.positionals.length === 0)
        throw new Failure('refused', `${name} needs a NAME`, {
          retry: 'never',
          suggestion: 'qonverge status lists them',
        });
      let rc = 0;
      for (const resource of args.positionals) {
        const reason = args.text('reason');
        const time = args.text('for');
        const input = {
          name: resource,
          by: person(),
          ...(args.is('stop') ? { stop: true } : {}),
          ...(args.is('force') ? { force: true } : {}),
          ...(args.is('discard') ? { discard: true } : {}),
          ...(reason === undefined ? {} : { reason }),
          ...(time === undefined ? {} : { for: someTime(time) }),
        };
        const result = (await call(args, name, input)) as ResourceStatus | null;
        const why = name === 'start' || name === 'restart' ? whyNotDone(result) : undefined;
        const until = time === undefined ? '' : ` or for ${time}`;
        terminal.out(`${resource} ${past || outcome(name, result)}${until}${why ? `: ${why}` : ''}`);
        if (why) rc = 1;
      }
      return rc;
    },
  };
}

function outcome(order: string, status: ResourceStatus | null): string {
  if (order === 'stop' && status?.state === 'running')
    return 'was ended, and started again: its runStrategy says so';
  return `is ${status?.state ?? 'gone'}`;
}

function someTime(text: string): number {
  const time = duration(text, 'for');
  if (time > 0) return time;
  throw new Failure('refused', `--for ${text} is no time at all`, {
    retry: 'never',
    suggestion: 'leave it out: until `qonverge resume`',
  });
}

/** What holds a machine that was told to run. The order stands: it is carried out once nothing does. */
function whyNotDone(status: ResourceStatus | null): string | undefined {
  if (!status || (status.state === 'running' && !status.intent?.startsWith('restart'))) return undefined;
  return status.conditions.find(({ type, status: holds }) => type === 'InSync' && holds === 'False')?.message;
}

const force: Flags = { force: { about: 'at once, without asking the guest' } };

export const start = about('start', 'start a domain; recorded as your order');
export const stop = about('stop', 'shut a domain down and keep it down', force);
export const restart = about('restart', 'shut down and start with the present spec: applies what is pending');
export const reset = about('reset', 'press the reset button', {}, 'was reset');
export const save = about(
  'save',
  'put a running domain to a file, memory and all; `start` goes on from there',
  { discard: { about: 'give up the saved state: the next start is a cold one' } },
);
export const pause = about('pause', 'stop the vCPUs');
export const unpause = about('unpause', 'let the vCPUs go on');
export const suspend = about(
  'suspend',
  'leave a resource alone until resume',
  {
    for: { value: 'TIME', about: 'taken up again by itself after this time: 30m, 2h, 3d' },
    reason: { value: 'TEXT', about: 'why; shown in status' },
  },
  'is left alone until `qonverge resume`',
);
export const resume = about('resume', 'take up reconciling a resource again');
export const undefine = about(
  'undefine',
  'remove a resource that no loaded source declares',
  { stop: { about: 'shut it down first, as its deletionPolicy says' }, ...force },
  'is undefined; its disks stay',
);

export const reconcile: Command = {
  name: 'reconcile',
  usage: 'reconcile',
  about: 'make the daemon look at everything now',
  flags: {},
  operands: 'none',
  async run(args, terminal) {
    await call(args, 'reconcile', {});
    terminal.out('looking at everything');
    return 0;
  },
};

export const approve: Command = {
  name: 'approve',
  usage: 'approve [NAME…]',
  about:
    'let the present revision through the mass-change brake, or what waits of the resources that are named',
  flags: {},
  operands: 'many',
  examples: ['qonverge approve', 'qonverge approve Domain/web-1   # its removal, or its restart'],
  async run(args, terminal) {
    const by = person();
    for (const name of args.positionals) {
      const { key, what } = (await call(args, 'approve', { name, by })) as { key: string; what: string };
      terminal.out(`approved: ${what} of ${key}`);
    }
    if (args.positionals.length > 0) return 0;
    const { revisions } = (await call(args, 'approve', { by })) as { revisions: string[] };
    terminal.out(
      revisions.length > 0
        ? `approved ${revisions.join(', ')}`
        : 'nothing is loaded: approve speaks to a running daemon',
    );
    return revisions.length > 0 ? 0 : 1;
  },
};
