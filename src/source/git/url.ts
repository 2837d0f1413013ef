import { Failure } from '../../model/failure.ts';

export interface GitUrl {
  /** As git takes it. */
  readonly text: string;
  readonly scheme: 'ssh' | 'https' | 'file';
}

/** A URL that is safe to hand to git: a scheme that we allow, nothing that could be an option, no secret in it. */
export function gitUrl(given: string): GitUrl {
  const refuse = (message: string, suggestion: string) =>
    new Failure('refused', `--git ${printable(given)}: ${message}`, { retry: 'never', suggestion });
  if (/[\p{Cc}\s]/u.test(given)) throw refuse('has blanks or control characters', 'write the plain URL');
  if (given.startsWith('/')) return { text: `file://${given}`, scheme: 'file' };
  const scp = given.match(/^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^-:].*)$/);
  if (scp) {
    const [, user, host, path = ''] = scp;
    const below = path.startsWith('/') ? path : `/~/${path}`;
    return { text: `ssh://${user === undefined ? '' : `${user}@`}${host}${below}`, scheme: 'ssh' };
  }
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw refuse('is no URL', 'https://host/path, ssh://user@host/path, user@host:path or file:///path');
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'ssh' && scheme !== 'https' && scheme !== 'file')
    throw refuse(`${scheme} is not allowed`, 'https, ssh and file are');
  if (url.password !== '' || (scheme === 'https' && url.username !== ''))
    throw refuse('a secret in a URL is seen by everybody', 'put it into a file: --token-file FILE');
  if (scheme !== 'file' && (!/^[A-Za-z0-9[]/.test(url.hostname) || url.username.startsWith('-')))
    throw refuse('has no host that can be named', 'https://host/path');
  if (scheme === 'file' && url.hostname !== '') throw refuse('a file has no host', 'file:///path');
  if (url.search !== '' || url.hash !== '')
    throw refuse('a repository has no query and no fragment', 'name the branch with --branch');
  return { text: given, scheme };
}

/** A branch that is safe to name: git's own rules, and nothing that could be a pattern or an option. */
export function branchName(given: string): string {
  const good =
    /^[A-Za-z0-9_][A-Za-z0-9._/+@#-]*$/.test(given) && !/\.\.|\/\/|@\{|\.lock(\/|$)|[./]$|\/\./.test(given);
  if (good && given.length <= 200) return given;
  throw new Failure('refused', `--branch ${printable(given)} is no name of a branch`, { retry: 'never' });
}

/** A directory inside a repository; empty: its root. */
export function insidePath(given: string): string {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9._+ -]*$/.test(part))) return parts.join('/');
  throw new Failure('refused', `--path ${printable(given)} is no directory inside a repository`, {
    retry: 'never',
    suggestion: 'without .. and hidden names: vms/prod',
  });
}

/** For people and logs: whoever may be named before the host may be a secret. */
function printable(text: string): string {
  return JSON.stringify(text.replace(/(\/\/)[^/]*@/, '$1***@').slice(0, 200));
}
