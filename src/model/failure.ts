/** Codes of failures of the world. Closed: each has a row in docs/errors.md (checked by test). */
export const failureCodes = [
  'qemu-not-found',
  'qemu-start-failed',
  'kvm-unavailable',
  'cpu-unavailable',
  'firmware-not-found',
  'qmp-disconnected',
  'qmp-timeout',
  'qmp-error',
  'qmp-protocol',
  'monitor-busy',
  'agent-unavailable',
  'shutdown-timeout',
  'save-failed',
  'restore-failed',
  'domain-unknown',
  'domain-conflict',
  'domain-not-running',
  'guest-did-not-accept',
  'device-missing',
  'image-missing',
  'image-locked',
  'image-wrong-format',
  'image-create-failed',
  'secret-missing',
  'network-failed',
  'tuning-failed',
  'helper-failed',
  'command-failed',
  'command-timeout',
  'state-corrupt',
  'state-newer',
  'state-write-failed',
  'state-locked',
  'path-too-long',
  'daemon-unreachable',
  'permission-denied',
  'git-failed',
  'git-unverified',
  'git-rewound',
  'policy-violation',
  'policy-invalid',
  'not-found',
  'refused',
  'timed-out',
  'cancelled',
  'not-supported',
  'internal',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/**
 * `never`: only a change of spec or host helps; a number: try again after that many milliseconds, `growing`: after twice
 * as many each time.
 */
export type Retry = 'backoff' | 'never' | { readonly after: number; readonly growing?: boolean };

/** A failure of the world: a process, a file, a socket. Only `reconcile/` reads `retry`. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly retry: Retry;
  /** The way out, for people. */
  readonly suggestion: string | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: { retry?: Retry; cause?: unknown; suggestion?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.retry = options.retry ?? 'backoff';
    this.suggestion = options.suggestion;
  }
}

/** What the system says of files, by the error numbers that a path given by a person leads to (errno(3)). */
const systemErrors: Readonly<Record<string, readonly [FailureCode, string]>> = {
  ENOENT: ['not-found', 'there is no such file or directory'],
  ENOTDIR: ['not-found', 'a part of this path is not a directory'],
  EISDIR: ['refused', 'this is a directory'],
  ELOOP: ['refused', 'too many symbolic links, or one where none is allowed'],
  ENAMETOOLONG: ['refused', 'this name is too long'],
  EROFS: ['state-write-failed', 'this file system is read-only'],
  ENOSPC: ['state-write-failed', 'no space is left on the device'],
  EDQUOT: ['state-write-failed', 'the disk quota is used up'],
};

/** Any thrown thing as a Failure; what we did not foresee is `internal`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return new Failure('cancelled', 'cancelled', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  const { code, path } = (error ?? {}) as { readonly code?: unknown; readonly path?: unknown };
  if (code === 'EACCES' || code === 'EPERM')
    return new Failure('permission-denied', message, {
      cause: error,
      suggestion: 'run as the user whose machines these are, or choose --state-dir, --run-dir and --log-dir',
    });
  const known =
    typeof code === 'string' && Object.hasOwn(systemErrors, code) ? systemErrors[code] : undefined;
  if (known) {
    const [ours, words] = known;
    return new Failure(ours, typeof path === 'string' ? `${path}: ${words}` : `${words} (${message})`, {
      cause: error,
    });
  }
  return new Failure('internal', message, { cause: error });
}
