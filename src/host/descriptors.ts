import { open as openFile } from 'node:fs/promises';

/** A device that is opened here and used by a process that inherits it. */
export interface Descriptor {
  readonly fd: number;
  close(): Promise<void>;
}

export async function open(path: string): Promise<Descriptor> {
  const file = await openFile(path, 'r+');
  return { fd: file.fd, close: () => file.close() };
}
