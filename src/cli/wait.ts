import { goals } from '../api/operations/wait.ts';
import { Failure } from '../model/failure.ts';
import type { ResourceStatus } from '../model/status.ts';
import { duration } from './arguments.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';

export const wait: Command = {
  name: 'wait',
  usage: 'wait NAME… [--for ready] [--timeout 5m]',
  about: 'wait until a resource is ready, in sync, running or stopped',
  operands: 'many',
  flags: {
    for: { value: 'WHAT', about: `${goals.join(', ')} (default ready)`, choices: goals },
    timeout: { value: 'TIME', about: 'how long (default 5m); then exit 5' },
  },
  examples: ['qonverge wait web-1', 'qonverge wait --for stopped web-1 --timeout 90s'],
  async run(args, terminal) {
    if (args.positionals.length === 0)
      throw new Failure('refused', 'wait needs a NAME', {
        retry: 'never',
        suggestion: 'qonverge status lists them',
      });
    const goal = args.text('for') ?? 'ready';
    const timeout = duration(args.text('timeout') ?? '5m', 'timeout');
    const deadline = performance.now() + timeout;
    for (const name of args.positionals) {
      const left = Math.ceil(Math.max(0, deadline - performance.now()));
      try {
        const status = (await call(args, 'wait', { name, for: goal, timeout: left })) as ResourceStatus;
        terminal.out(`${name} is ${goal}${goal === status.state ? '' : ` (${status.state})`}`);
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'timed-out')) throw error;
        terminal.err(`error[timed-out]: ${error.message}`);
        if (error.suggestion) terminal.err(`  = ${error.suggestion}`);
        return 5;
      }
    }
    return 0;
  },
};
