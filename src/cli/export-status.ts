import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostKey, publicKeyOf, signText } from '../host/signing.ts';
import type { Command } from './command.ts';
import { call, connectionOf } from './connection.ts';

export const exportStatus: Command = {
  name: 'export-status',
  usage: 'export-status [--out FILE] [--public-key]',
  about:
    'what planning needs to know of this host, signed and without secrets: for `plan --against` in a pipeline',
  operands: 'none',
  flags: {
    out: { value: 'FILE', about: 'write it there instead of printing it' },
    'public-key': { about: 'print the key that exports of this host are verified with' },
  },
  examples: [
    'qonverge export-status --public-key > host.pub',
    'qonverge export-status --out status.json   # every hour, where pipelines can read it',
  ],
  async run(args, terminal) {
    const { paths } = connectionOf(args);
    const key = await hostKey(join(paths.stateDir, 'export.key'));
    if (args.is('public-key')) {
      terminal.out(publicKeyOf(key).trimEnd());
      return 0;
    }
    const payload = JSON.stringify(await call(args, 'export', {}));
    const text = JSON.stringify({ payload, signature: signText(payload, key) });
    const out = args.text('out');
    if (out === undefined) terminal.out(text);
    else await writeFile(out, `${text}\n`, { mode: 0o644 });
    return 0;
  },
};
