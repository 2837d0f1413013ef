import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import type { Command, Terminal } from './command.ts';
import { call } from './connection.ts';

export const logs: Command = {
  name: 'logs',
  usage: 'logs NAME [-f]',
  about: "QEMU's log and the serial log of a domain",
  flags: { follow: { short: 'f', about: 'and what is added' } },
  async run(args, terminal) {
    const [name] = args.positionals;
    if (name === undefined) throw new Failure('refused', 'logs needs a NAME', { retry: 'never' });
    const { files } = (await call(args, 'logs', { name })) as { files: string[] };
    const offsets = new Map<string, number>();
    for (const file of files) {
      const text = await readFile(file, 'utf8').catch(() => '');
      offsets.set(file, Buffer.byteLength(text));
      if (files.length > 1) terminal.out(`==> ${file} <==`);
      if (text !== '') terminal.out(plain(text.trimEnd()));
    }
    if ([...offsets.values()].every((size) => size === 0))
      terminal.err(`${name} has said nothing yet: ${files.join(', ')}`);
    while (args.is('follow')) {
      await sleep(300);
      for (const file of files) await more(file, offsets, terminal);
    }
    return 0;
  },
};

async function more(file: string, offsets: Map<string, number>, terminal: Terminal): Promise<void> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return;
  try {
    const { size } = await handle.stat();
    const from = Math.min(offsets.get(file) ?? 0, size);
    if (size === from) return;
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(Math.min(size - from, 1024 * 1024)),
      0,
      undefined,
      from,
    );
    offsets.set(file, from + bytesRead);
    terminal.out(plain(buffer.toString('utf8', 0, bytesRead).trimEnd()));
  } finally {
    await handle.close();
  }
}

/** What a guest writes never steers a terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
