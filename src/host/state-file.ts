import { createHash } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../model/failure.ts';
import { syncDir } from './files.ts';
import { serveUnix } from './sockets.ts';

/** A file by its content: what stands there has to be this, to the byte. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Bytes that may still be written below this directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/**
 * Takes what one client of a socket sends into a new file: complete and durable under its name, or not there at all.
 * `started` is called once the socket listens; what it does has to make the client connect.
 */
export async function receiveFile(
  socketPath: string,
  path: string,
  started: () => Promise<void>,
  signal: AbortSignal,
): Promise<Digest> {
  const part = `${path}.part`;
  await rm(part, { force: true });
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const received: { writing?: Promise<void> } = {};
  const server = await serveUnix(socketPath, 0o600, (socket) => {
    if (received.writing) {
      socket.destroy();
      return;
    }
    const file = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true });
    received.writing = pipeline(socket, counted, file, { signal });
    received.writing.catch(() => undefined);
  });
  try {
    await started();
    if (!received.writing) throw new Failure('internal', 'nothing was sent');
    await received.writing;
    await rename(part, path);
    await syncDir(dirname(path));
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await received.writing?.catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  } finally {
    await server.close();
  }
}

/** The file as it was written, open for reading; the caller closes it. Undefined: it is not that file any more. */
export async function openVerified(
  path: string,
  { bytes, sha256 }: Digest,
): Promise<{ readonly fd: number; close(): Promise<void> } | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const hash = createHash('sha256');
    if ((await handle.stat()).size === bytes) {
      await pipeline(createReadStream('', { fd: handle.fd, start: 0, autoClose: false }), hash);
      // Read by position: what gets the descriptor begins at the front.
      if (hash.digest('hex') === sha256) return { fd: handle.fd, close: () => handle.close() };
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}
