import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

const directory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const last = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Walks from a granted root to a path, one open directory after the other, as openat does: no link is followed, and nobody
 * but root and us may change what is on the way, so that the path is still the same when QEMU opens it. Returns what is
 * wrong with it; undefined: nothing. What does not exist yet is fine.
 */
export async function walkProblem(path: string, root: string, writes: boolean): Promise<string | undefined> {
  const names = path
    .slice(root.length)
    .split('/')
    .filter((name) => name !== '');
  let at: FileHandle | undefined;
  let shown = root;
  try {
    // The root is the host's own word: it may be a link.
    at = await open(root, constants.O_RDONLY | (names.length > 0 ? constants.O_DIRECTORY : 0));
    for (const [index, name] of names.entries()) {
      const loose = await looseness(at);
      if (loose) return `${shown} ${loose}`;
      shown = join(shown, name);
      const isLast = index === names.length - 1;
      const next: FileHandle = await open(`/proc/self/fd/${at.fd}/${name}`, isLast ? last : directory);
      await at.close();
      at = next;
    }
    return names.length > 0 ? await fileProblem(at, shown, writes) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP' || (code === 'ENOTDIR' && shown !== path))
      return `${shown} is a link, or no directory`;
    // Not there yet, or a socket, which cannot be opened so.
    if (code === 'ENOENT' || code === 'ENXIO') return undefined;
    return `${shown}: ${(error as Error).message}`;
  } finally {
    await at?.close();
  }
}

async function looseness(at: FileHandle): Promise<string | undefined> {
  const { uid, mode } = await at.stat();
  if (uid !== 0 && uid !== process.getuid?.()) return `belongs to user ${uid}, who could put a link there`;
  return (mode & 0o022) === 0 ? undefined : 'may be written by others, who could put a link there';
}

async function fileProblem(at: FileHandle, shown: string, writes: boolean): Promise<string | undefined> {
  const facts = await at.stat();
  if (facts.isDirectory()) return undefined;
  if (!facts.isFile() && !facts.isBlockDevice()) return `${shown} is no regular file`;
  return writes && facts.isFile() && facts.nlink > 1
    ? `${shown} has ${facts.nlink} names: it may be somebody else's file`
    : undefined;
}
