import { parseArguments } from '../../src/cli/arguments.ts';
import { import_ } from '../../src/cli/import.ts';

/** What `qonverge import` says, and its exit status. */
export async function imported(
  ...words: string[]
): Promise<{ readonly out: string; readonly err: string; readonly status: number }> {
  const said = { out: '', err: '' };
  const status = await import_.run(parseArguments(words, import_.flags), {
    out: (text) => {
      said.out += `${text}\n`;
    },
    err: (text) => {
      said.err += `${text}\n`;
    },
    color: false,
    isTty: false,
  });
  return { ...said, status };
}
