import { lastWords } from '../../host/git.ts';
import type { Verification } from './options.ts';

/** Why a signature does not count, and what to do about it. */
export interface SignatureProblem {
  readonly message: string;
  readonly suggestion: string;
}

/** `git show --format`: what {@link signatureProblem} wants to know of a commit. */
export const signatureFormat = ['%G?', '%GS', '%GK'].join('%x00');

const sign = 'sign it with a key of the allowed ones, and push again';

/**
 * `facts`: in `signatureFormat`, as if no key was revoked by a list of its own; `said`: what `git verify-commit` printed.
 * Letters as in `git help log`, `%G?`.
 */
export function signatureProblem(facts: string, said: string, verify: Verification): SignatureProblem {
  const [letter = '', signer = '', id = ''] = facts.trimEnd().split('\0');
  const key = `${id === '' ? 'its key' : `key ${id}`}${signer === '' ? '' : ` of ${signer}`}`;
  const file = verify.mode === 'off' ? '' : verify.mode === 'ssh' ? verify.allowedSigners : verify.keyring;
  if (letter === 'N') return { message: 'it has none', suggestion: sign };
  if (letter === 'G' && verify.mode === 'ssh')
    return {
      message: `${key} is named in ${verify.revoked}, or that file is no list of keys`,
      suggestion: `sign it with another key, and push again; or mend ${verify.revoked}`,
    };
  if (letter === 'R') return { message: `${key} was revoked`, suggestion: sign };
  if (letter === 'X' || letter === 'Y')
    return {
      message: `${letter === 'X' ? `the signature by ${key}` : key} has expired`,
      suggestion: `${sign}; a key that lasts longer by now has to be exported to ${file} anew`,
    };
  // ssh-keygen says what keeps a line from counting: `FILE:1: key has expired`.
  const lines = said.split(/\r?\n/).filter((line) => line.startsWith(`${file}:`));
  if (letter === 'U' || letter === 'E')
    return {
      message: `${key} is not among those of ${file}${lines.length > 0 ? ` (${lastWords(lines.join('\n'))})` : ''}`,
      suggestion: `${sign}; or mend ${file}`,
    };
  return { message: lastWords(said.replaceAll('\r', '')) || 'it is bad', suggestion: sign };
}
