import { constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { ReadStream, WriteStream } from 'node:tty';
import { Failure } from '../model/failure.ts';
import type { Command } from './command.ts';
import { call } from './connection.ts';

const leave = 0x1d;

export const console_: Command = {
  name: 'console',
  usage: 'console NAME',
  about: 'the serial console; leave with ^]',
  flags: {},
  async run(args, terminal) {
    const [name] = args.positionals;
    if (name === undefined) throw new Failure('refused', 'console needs a NAME', { retry: 'never' });
    const { path } = (await call(args, 'console', { name })) as { path: string };
    const { stdin, stdout } = process;
    const { input, output } = open(path);
    terminal.err(`Connected to ${name}. Leave with ^].`);
    if (stdin.isTTY) stdin.setRawMode(true);
    try {
      await new Promise<void>((resolve, reject) => {
        input.on('data', (chunk: Buffer | string) => stdout.write(chunk));
        input.on('error', reject);
        input.on('close', () => resolve());
        stdin.on('data', (chunk: Buffer) => {
          const at = chunk.indexOf(leave);
          output.write(at < 0 ? chunk : chunk.subarray(0, at));
          if (at >= 0) resolve();
        });
        stdin.on('end', () => resolve());
        stdin.resume();
      });
    } finally {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      input.destroy();
      output.destroy();
    }
    terminal.err('');
    return 0;
  },
};

/** A pty as a terminal, not as a file: reads of a file cannot be called off, and would hold up the end of the process. */
function open(path: string): { input: Socket; output: Socket } {
  if (!path.startsWith('/dev/')) {
    const socket = connect(path);
    return { input: socket, output: socket };
  }
  const descriptor = () => openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  return { input: new ReadStream(descriptor()), output: new WriteStream(descriptor()) };
}
