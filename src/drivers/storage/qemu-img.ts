import { run } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';

/** What `qemu-img info` says of one image. */
export interface ImageInfo {
  readonly format: string;
  /** Virtual size in bytes. */
  readonly capacity: number;
  /** Bytes on disk. */
  readonly allocation: number;
  readonly backingFile?: { readonly path: string; readonly format?: string };
}

const limits = { timeout: 30_000 };

/**
 * Reads an image as the format that we know it has. Formats are never probed: a guest could write a header. Not for an image
 * whose head names a data file: that would be opened.
 */
export async function imageInfo(path: string, format: string, signal?: AbortSignal): Promise<ImageInfo> {
  const args = ['info', '--force-share', '--output=json', '-f', format, '--', path];
  const { stdout } = await run('qemu-img', args, { ...limits, ...(signal ? { signal } : {}) });
  const info = JSON.parse(stdout) as Record<string, unknown>;
  const backing = info['full-backing-filename'] ?? info['backing-filename'];
  const backingFormat = info['backing-filename-format'];
  return {
    format: String(info['format']),
    capacity: Number(info['virtual-size']),
    allocation: Number(info['actual-size'] ?? 0),
    ...(typeof backing === 'string'
      ? {
          backingFile: {
            path: backing,
            ...(typeof backingFormat === 'string' ? { format: backingFormat } : {}),
          },
        }
      : {}),
  };
}

export async function createImage(
  path: string,
  options: { format: string; capacity: number; backingFile?: { path: string; format: string } },
  signal: AbortSignal,
): Promise<void> {
  // What is below is not opened: its head could name anything.
  const backing = options.backingFile
    ? ['-u', '-b', options.backingFile.path, '-F', options.backingFile.format]
    : [];
  await image(
    ['create', '-q', '-f', options.format, ...backing, '--', path, String(options.capacity)],
    signal,
  );
}

/** Refused by QEMU's own image lock while a machine writes the image. */
export async function growImage(
  path: string,
  format: string,
  capacity: number,
  signal: AbortSignal,
): Promise<void> {
  await image(['resize', '-q', '-f', format, '--', path, String(capacity)], signal);
}

async function image(args: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await run('qemu-img', args, { ...limits, signal });
  } catch (error) {
    if (error instanceof Failure && /lock/i.test(error.message)) {
      throw new Failure('image-locked', `a running machine uses the image: ${error.message}`, {
        cause: error,
        retry: { after: 30_000 },
      });
    }
    throw error;
  }
}
