import { Failure, type FailureCode } from '../../model/failure.ts';
import type { GitOptions } from './options.ts';
import { gitUrl } from './url.ts';

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
    said: /has changed and you have requested strict/,
    code: 'permission-denied',
    wayOut: ({ knownHosts = '--known-hosts FILE' }) =>
      `the host shows another key than the one in ${knownHosts}: somebody may stand between. Put a new key there only when the owner of the host says that it is the new one`,
  },
  {
    said: /Host key verification failed/,
    code: 'permission-denied',
    wayOut: ({ url, knownHosts = '--known-hosts FILE' }) =>
      `${knownHosts} has no key of it: ${keyscan(url)} >> ${knownHosts}, and compare the fingerprint with what its owner says`,
  },
  {
    said: /Permission denied \(publickey/,
    code: 'permission-denied',
    wayOut: ({ sshKey = '--ssh-key FILE' }) => `let the server know the public key of ${sshKey}`,
  },
];

/** What asks a host for its keys, by its own port. */
function keyscan(given: string): string {
  const { hostname, port } = new URL(gitUrl(given).text);
  return `ssh-keyscan ${port === '' ? '' : `-p ${port} `}${hostname.replace(/^\[|\]$/g, '')}`;
}

/** A fetch that failed, with the way out where its cause is known. */
export function explainFetch(failure: Failure, options: GitOptions): Failure {
  const known = explanations.find(({ said }) => said.test(failure.message));
  if (!known || failure.code !== 'git-failed') return failure;
  const { code, wayOut } = known;
  return new Failure(code, failure.message, { cause: failure, suggestion: wayOut(options) });
}
