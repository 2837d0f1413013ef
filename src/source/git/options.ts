/** How a commit proves where it comes from. */
export type Verification =
  | { readonly mode: 'off' }
  | { readonly mode: 'ssh'; readonly allowedSigners: string; readonly revoked?: string }
  | { readonly mode: 'openpgp'; readonly keyring: string };

/** Where a git source is and whom it believes. Files are named, never their content. */
export interface GitOptions {
  readonly url: string;
  readonly branch: string;
  /** Directory inside the repository; absent: all of it. */
  readonly path?: string;
  readonly verify?: Verification;
  /** Take a branch that does not go on from where it was. */
  readonly allowRewind?: boolean;
  /** Approvals in messages count though signatures are not asked for. */
  readonly allowTrailers?: boolean;
  /** https: file with the token, sent as the password. */
  readonly tokenFile?: string;
  readonly tokenUser?: string;
  /** https: certificate authorities of a private server. */
  readonly caFile?: string;
  /** ssh: pinned host keys. */
  readonly knownHosts?: string;
  readonly sshKey?: string;
}
