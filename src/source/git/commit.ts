import type { Commit } from '../contract.ts';

/** Fields of `git show --format`, in the order of {@link parseCommit}. */
export const commitFormat = ['%H', '%an <%ae>', '%cI', '%s', '%G?', '%GS', '%GF'].join('%x00');

/** As `commitFormat`, without a look at signatures: it runs no program. */
export const plainFormat = ['%H', '%an <%ae>', '%cI', '%s'].join('%x00');

export function parseCommit(text: string): Commit {
  const [id = '', author = '', date = '', subject = '', result, signer = '', fingerprint = ''] = text
    .trimEnd()
    .split('\0');
  const by = [signer, fingerprint].filter((part) => part !== '').join(' ');
  return {
    id,
    author: line(author),
    date,
    subject: line(subject),
    ...(result === 'G' && by !== '' ? { signer: line(by) } : {}),
  };
}

/** What committers write is shown to people: one line, no control characters. */
function line(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 200);
}

export interface TreeEntry {
  /** Inside the directory that is read. */
  readonly path: string;
  readonly mode: string;
  readonly id: string;
  /** Bytes; of blobs only. */
  readonly size: number;
}

/** `git ls-tree -rzl`: mode, type, id and size, a tab, the path, a zero. */
export function parseTree(output: Buffer): TreeEntry[] {
  return records(output).map((record) => {
    const tab = record.indexOf('\t');
    const [mode = '', , id = '', size = ''] = record.slice(0, tab).split(/ +/);
    return { mode, id, size: Number(size) || 0, path: record.slice(tab + 1) };
  });
}

export interface TreeChange {
  readonly path: string;
  /** `000000`: it is gone. */
  readonly mode: string;
  readonly id: string;
}

/** `git diff-tree -rz`: `:old new oldid newid status`, a zero, the path, a zero. */
export function parseChanges(output: Buffer): TreeChange[] {
  const parts = records(output);
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode = '', , id = ''] = (parts[at] ?? '').split(' ');
    changes.push({ mode, id, path: parts[at + 1] ?? '' });
  }
  return changes;
}

/** `git cat-file --batch`: id, type and size, a line end, the content, a line end. */
export function parseBlobs(output: Buffer): Map<string, Buffer> {
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at);
    const [id = '', type, size = '0'] = output.toString('latin1', at, end).split(' ');
    if (type !== 'blob') {
      at = end + 1;
      continue;
    }
    const start = end + 1;
    blobs.set(id, output.subarray(start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return blobs;
}

function records(output: Buffer): string[] {
  const text = output.toString('utf8');
  return text === '' ? [] : text.slice(0, -1).split('\0');
}
