import { Failure, type FailureCode } from '../../model/failure.ts';
import type { GitOptions } from './options.ts';

interface Explanation {
  readonly said: RegExp;
  readonly code: FailureCode;
  wayOut(options: GitOptions): string;
}

/** What git, curl and ssh say of an access that fails, with git's English words (LC_ALL=C). */
const explanations: readonly Explanation[] = [
  {
    said: /could not read (Username|Password)/,
    code: 'permission-denied',
    wayOut: () => 'the server asks who we are: --token-file FILE',
  },
  {
    said: /Authentication failed|returned error: 40[13]/,
    code: 'permission-denied',
    wayOut: ({ tokenFile, tokenUser = 'x-access-token' }) =>
      `the server refuses the token for ${tokenUser}: is it expired, may it read this repository, does the forge want another --token-user? Put the right one into ${tokenFile ?? '--token-file FILE'}: it is read before each fetch`,
  },
  {
    said: /certificate/i,
    code: 'git-failed',
    wayOut: ({ caFile }) =>
      caFile === undefined
        ? 'a server with an authority of its own: --ca-file FILE'
        : `the certificate is not by an authority in ${caFile}, not for this host, or expired`,
  },
  {
    said: /returned error: 30\d|redirect/i,
    code: 'git-failed',
    wayOut: () => 'redirects are not followed: name the place where the repository is now',
  },
  {
    said: /returned error: 404|repository '.*' not found|does not appear to be a git repository/,
    code: 'git-failed',
    wayOut: () => 'correct the URL; forges also say this to those who may not see the repository',
  },
  {
    said: /mismatched algorithms/,
    code: 'git-rewound',
    wayOut: () =>
      'another repository stands there, with object names of another kind: restore the one before, or watch it under another URL',
  },
  {
    said: /couldn't find remote ref/,
    code: 'git-failed',
    wayOut: () => 'correct --branch, or push the branch; nothing is removed meanwhile',
  },
  {
    said: /Host key verification failed/,
    code: 'permission-denied',
    wayOut: ({ knownHosts = '--known-hosts FILE' }) =>
      `compare the key of the host with its owner, and put it into ${knownHosts}`,
  },
  {
    said: /Permission denied \(publickey/,
    code: 'permission-denied',
    wayOut: ({ sshKey = '--ssh-key FILE' }) => `let the server know the public key of ${sshKey}`,
  },
];

/** A fetch that failed, with the way out where its cause is known. */
export function explainFetch(failure: Failure, options: GitOptions): Failure {
  const known = explanations.find(({ said }) => said.test(failure.message));
  if (!known || failure.code !== 'git-failed') return failure;
  const { code, wayOut } = known;
  return new Failure(code, failure.message, { cause: failure, suggestion: wayOut(options) });
}
