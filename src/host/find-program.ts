import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where a program was last; looked at first, since most directories lack most programs. */
const known = new Map<string, string>();

/** Absolute path of a program in the system's own directories; never by the caller's PATH. */
export async function findProgram(name: string): Promise<string | undefined> {
  const last = known.get(name);
  const candidates = isAbsolute(name) ? [name] : directories.map((directory) => join(directory, name));
  if (last !== undefined) candidates.unshift(last);
  for (const path of candidates) {
    try {
      await access(path, constants.X_OK);
      if (path !== name) known.set(name, path);
      return path;
    } catch {
      // Look on.
    }
  }
  return undefined;
}
