import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure } from '../model/failure.ts';

/**
 * Text of a file that decides what others may do: a regular file, no link, of root or of who runs this, and writable by
 * its owner only. undefined: there is none.
 */
export async function readTrusted(path: string, maxBytes = 1024 * 1024): Promise<string | undefined> {
  const refuse = (message: string, suggestion: string) =>
    new Failure('permission-denied', `${path}: ${message}`, { retry: 'never', suggestion });
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) throw refuse('is no regular file', 'put the file itself there');
      if (facts.uid !== 0 && facts.uid !== process.getuid?.())
        throw refuse(`belongs to user ${facts.uid}`, `chown root ${path}`);
      if ((facts.mode & 0o022) !== 0)
        throw refuse('others than its owner may write it', `chmod go-w ${path}`);
      if (facts.size > maxBytes) throw refuse(`has more than ${maxBytes} bytes`, 'make it shorter');
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw refuse('is a link', 'put the file itself there');
    throw error;
  }
}
