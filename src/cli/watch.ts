import { resolve } from 'node:path';
import { runDaemon } from '../daemon.ts';
import { Failure } from '../model/failure.ts';
import { duration } from './arguments.ts';
import type { Command } from './command.ts';
import { connectionOf, loggerOf } from './connection.ts';
import { maxDisruption, maxDisruptionFlag, maxUnavailable, maxUnavailableFlag } from './disruption.ts';

export const watch: Command = {
  name: 'watch',
  usage: 'watch PATH [--interval 30s]',
  about: 'the daemon, in the foreground: keep the host equal to PATH',
  flags: {
    interval: { value: 'TIME', about: 'full look at everything (default 30s); events hasten it' },
    settle: { value: 'TIME', about: 'how long a file must stay as it is (default 500ms)' },
    'no-prune': { about: 'never remove what is no longer declared' },
    'max-disruption': maxDisruptionFlag,
    'max-unavailable': maxUnavailableFlag,
    'log-format': { value: 'FORMAT', about: 'text, json', choices: ['text', 'json'] },
  },
  examples: ['qonverge watch /etc/qonverge/vms', 'kill -HUP $(pidof -x qonverge)   # look at everything now'],
  async run(args) {
    const [path] = args.positionals;
    if (path === undefined) throw new Failure('refused', 'watch needs a PATH', { retry: 'never' });
    const ended = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort());
    const settle = args.text('settle');
    await runDaemon(
      resolve(path),
      {
        ...connectionOf(args),
        log: loggerOf(args, false),
        ...maxDisruption(args),
        maxUnavailable: maxUnavailable(args),
        prune: !args.is('no-prune'),
        interval: duration(args.text('interval') ?? '30s', 'interval'),
        ...(settle === undefined ? {} : { settle: duration(settle, 'settle') }),
      },
      ended.signal,
    );
    return 0;
  },
};
