import { readFile } from 'node:fs/promises';
import { connectControl } from '../api/control.ts';
import { eventsFile } from '../daemon.ts';
import { Failure } from '../model/failure.ts';
import type { EventRecord } from '../telemetry/event-log.ts';
import { wholeNumber } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { call, connectionOf } from './connection.ts';
import { paint } from './render-table.ts';

export const events: Command = {
  name: 'events',
  usage: 'events [-f] [--limit N]',
  about: 'what happened',
  operands: 'none',
  flags: {
    follow: { short: 'f', about: 'and what happens' },
    limit: { value: 'N', short: 'n', about: 'how many of the past (default 100)' },
    output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] },
  },
  async run(args, terminal) {
    const limit = wholeNumber(args.text('limit') ?? '100', 'limit');
    const json = args.text('output') === 'json';
    const { paths } = connectionOf(args);
    const lines = (await readFile(eventsFile(paths), 'utf8').catch(() => ''))
      .trimEnd()
      .split('\n')
      .filter(Boolean);
    for (const line of limit === 0 ? [] : lines.slice(-limit))
      print(JSON.parse(line) as EventRecord, json, terminal);
    if (!args.is('follow')) return 0;
    const socket = await connectControl(paths.runDir);
    if (!socket)
      throw new Failure('daemon-unreachable', 'no daemon runs here: nothing to follow', { retry: 'never' });
    socket.destroy();
    await call(
      args,
      'events',
      { follow: true, limit: 0 },
      { onMessage: ({ event }) => print(event as EventRecord, json, terminal) },
    );
    return 0;
  },
};

function print(event: EventRecord, json: boolean, terminal: Terminal): void {
  if (json) return terminal.out(JSON.stringify(event));
  const line = `${event.time.slice(0, 19)}Z  ${(event.key ?? event.source ?? '-').padEnd(24)} ${event.reason.padEnd(20)} ${event.message.split('\n')[0]}`;
  terminal.out(event.type === 'Warning' ? paint(line, 'yellow', terminal.color) : line);
}
