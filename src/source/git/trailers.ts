import type { Approval } from '../../model/approval.ts';
import type { Kind } from '../../model/resource.ts';
import type { Commit } from '../contract.ts';
import { parseCommit, plainFormat } from './commit.ts';

/** A commit with what its message lets through. */
export interface TrailedCommit extends Commit {
  /** `Token: value`. */
  readonly trailers: readonly string[];
}

/** `git log`: a commit on each line, its trailers last. */
export const trailerFormat = `${plainFormat}%x00%(trailers:only=true,unfold=true,separator=%x01)`;

export function parseTrailed(output: string): TrailedCommit[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const end = line.lastIndexOf('\0');
      const trailers = line
        .slice(end + 1)
        .split('\u0001')
        .filter(Boolean);
      return { ...parseCommit(line.slice(0, end)), trailers };
    });
}

const words: Readonly<Record<string, Approval['what']>> = {
  'allow-delete': 'delete',
  'allow-restart': 'restart',
  'allow-mass-change': 'mass-change',
};

/** What the trailers of a message let through, and what stands there in vain. Other trailers are not ours. */
export function approvalsOf(
  trailers: readonly string[],
  kinds: readonly Kind[],
): { readonly approvals: readonly Pick<Approval, 'what' | 'key'>[]; readonly problems: readonly string[] } {
  const approvals: Pick<Approval, 'what' | 'key'>[] = [];
  const problems: string[] = [];
  for (const trailer of trailers) {
    const [, token = '', value = ''] = trailer.match(/^([A-Za-z0-9-]+)\s*:\s*(.*)$/) ?? [];
    const what = words[token.toLowerCase()];
    if (what === undefined) {
      if (/^allow-/i.test(token))
        problems.push(`${token}: there are Allow-Delete, Allow-Restart and Allow-Mass-Change`);
    } else if (what === 'mass-change') {
      if (/^(yes|true)$/i.test(value)) approvals.push({ what });
      else problems.push(`${token}: ${shown(value)} is not yes`);
    } else {
      for (const word of value.split(',').map((part) => part.trim())) {
        const [head = '', ...rest] = word.split('/');
        const kind = kinds.find((known) => known.toLowerCase() === head.toLowerCase());
        const name = rest.join('/');
        if (kind && name !== '') approvals.push({ what, key: `${kind}/${name}` });
        else problems.push(`${token}: ${shown(word)} is no KIND/NAME`);
      }
    }
  }
  return { approvals, problems };
}

function shown(text: string): string {
  return JSON.stringify(text.replace(/\p{Cc}/gu, '?').slice(0, 80));
}
