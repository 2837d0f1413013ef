import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat as statFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../model/failure.ts';
import { grouped } from './grouped.ts';

export interface FileFacts {
  readonly size: number;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isBlockDevice: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly dev: number;
  /** Of a device node: the kernel's numbers, `8:0`. */
  readonly device: string;
  readonly ino: number;
  readonly mtimeMs: number;
}

export async function readBytes(path: string, maxBytes = 16 * 1024 * 1024): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw tooLarge(path, size, maxBytes);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** As `readBytes`, for threads that have nothing else to do. */
export function readBytesSync(path: string, maxBytes: number): Buffer {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(handle);
    if (size > maxBytes) throw tooLarge(path, size, maxBytes);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function tooLarge(path: string, size: number, maxBytes: number): Failure {
  return new Failure('refused', `${path} has ${size} bytes, ${maxBytes} is the most`, { retry: 'never' });
}

export async function readText(path: string, maxBytes?: number): Promise<string> {
  return (await readBytes(path, maxBytes)).toString('utf8');
}

/**
 * Old content or new content, never a mix, also after power loss: O_EXCL temp file beside it, fsync, rename, fsync of
 * the directory. `backup` keeps the previous generation as `<path>.bak`.
 */
export async function writeAtomic(
  path: string,
  data: string | Uint8Array,
  options: { readonly mode?: number; readonly backup?: boolean } = {},
): Promise<void> {
  const temp = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
    const handle = await open(temp, flags, options.mode ?? 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (options.backup) await keepBackup(path);
    await rename(temp, path);
    await syncDir(dirname(path));
  } catch (cause) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw writeFailure(path, cause);
  }
}

/**
 * Old content or new content, whatever becomes of us: for what a boot of the host makes void anyway. No fsync, so that
 * intent is on record before the act at the cost of microseconds.
 */
export function writeForThisBoot(path: string, data: string): void {
  const temp = `${path}.${process.pid}.tmp`;
  try {
    rmSync(temp, { force: true });
    writeFileSync(temp, data, { flag: 'wx', mode: 0o600 });
    renameSync(temp, path);
  } catch (cause) {
    throw writeFailure(path, cause);
  }
}

function writeFailure(path: string, cause: unknown): Failure {
  return new Failure('state-write-failed', `cannot write ${path}: ${(cause as Error).message}`, { cause });
}

async function keepBackup(path: string): Promise<void> {
  const backup = `${path}.bak`;
  const temp = `${backup}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await link(path, temp);
    await rename(temp, backup);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Writers of one directory share an fsync that begins after the last of them has renamed. */
const directorySyncs = new Map<string, () => Promise<void>>();

export function syncDir(path: string): Promise<void> {
  let sync = directorySyncs.get(path);
  if (!sync) {
    sync = grouped(() => fsyncDir(path));
    directorySyncs.set(path, sync);
  }
  return sync();
}

async function fsyncDir(path: string): Promise<void> {
  // Only the sync waits for the disk.
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await promisify(fsync)(directory);
  } finally {
    closeSync(directory);
  }
}

/** For the few small files of a run directory. */
export function removeSync(path: string): void {
  rmSync(path, { force: true, recursive: true });
}

export async function remove(path: string): Promise<void> {
  await rm(path, { force: true, recursive: true });
}

export async function ensureDir(path: string, mode = 0o755): Promise<void> {
  await mkdir(path, { recursive: true, mode });
}

export async function listDir(path: string): Promise<string[]> {
  return (await readdir(path)).sort();
}

export async function stat(path: string): Promise<FileFacts | undefined> {
  try {
    const facts = await statFile(path);
    return {
      size: facts.size,
      isFile: facts.isFile(),
      isDirectory: facts.isDirectory(),
      isBlockDevice: facts.isBlockDevice(),
      mode: facts.mode,
      uid: facts.uid,
      dev: facts.dev,
      device: deviceNumbers(facts.rdev),
      ino: facts.ino,
      mtimeMs: facts.mtimeMs,
    };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** gnu_dev_major(3) and gnu_dev_minor(3), within 32 bits. */
function deviceNumbers(rdev: number): string {
  return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`;
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path)) !== undefined;
}

/** What stands in a file from this byte on, at most so much; empty when there is none. */
export async function readFrom(path: string, from: number, bytes: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!handle) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(bytes, Math.max(0, size - from)));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last bytes of a file that may still grow; empty when there is none. */
export async function tailFile(path: string, bytes: number): Promise<string> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, bytes);
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, size - length);
      return buffer.toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}

/** Removes temp files that a killed writer left behind. */
export async function sweepTemps(dir: string): Promise<void> {
  for (const name of await listDir(dir).catch(() => [])) {
    if (/\.[0-9a-f]{12}\.tmp$/.test(name)) await rm(join(dir, name), { force: true });
  }
}

/** Start-up reads run in order and block nothing else: the synchronous forms are several times faster for small files. */
export function readTextSync(path: string): string {
  return readFileSync(path, 'utf8');
}

export function listDirSync(path: string): string[] {
  return readdirSync(path);
}

export function ensureDirSync(path: string, mode = 0o755): void {
  mkdirSync(path, { recursive: true, mode });
}

/** Puts a file that cannot be trusted aside; nothing is deleted. */
export function quarantine(path: string): void {
  renameSync(path, `${path}.corrupt`);
}

/** Gives a file its public name unless that name is taken: link(2) never replaces. False: taken. */
export async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a file to a name in the same file system; what has that name already is kept as `<to>.old`, `.old.old`, … Nothing to move: nothing done. */
export async function moveAside(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return;
  if (await exists(to)) await moveAside(to, `${to}.old`);
  await rename(from, to);
}

/** The first bytes of a file. */
export async function readHead(path: string, bytes: number, offset = 0): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Why a device node cannot be opened for reading and writing; undefined: it can. */
export async function openProblem(path: string): Promise<string | undefined> {
  try {
    await (await open(path, constants.O_RDWR)).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Copies a file that is not there yet, atomically. */
export async function copyNew(from: string, to: string, mode = 0o600): Promise<void> {
  if (await exists(to)) return;
  await ensureDir(dirname(to), 0o700);
  await writeAtomic(to, await readBytes(from), { mode });
}

/** Keeps an appended log bounded: past `maxBytes` it becomes `<path>.1`. */
export async function rotateLog(path: string, maxBytes = 2 * 1024 * 1024): Promise<void> {
  const facts = await stat(path);
  if (facts && facts.size > maxBytes) await rename(path, `${path}.1`);
}
