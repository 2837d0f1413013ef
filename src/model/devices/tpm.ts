import type { Device } from './device.ts';

export interface Tpm extends Device {
  readonly model?: 'tpm-tis' | 'tpm-crb';
  /** A process of ours, one of somebody else's behind a socket, or the host's own. */
  readonly backend?: 'emulator' | 'external' | 'passthrough';
  readonly version?: '1.2' | '2.0';
  readonly persistentState?: boolean;
  /** emulator: name of the secret that its state is encrypted with. */
  readonly secret?: string;
  readonly pcrBanks?: readonly PcrBank[];
  /** emulator, 2.0: what newer libvirt had swtpm restrict the state to. */
  readonly profile?: TpmProfile;
  /** passthrough */
  readonly device?: string;
  /** external */
  readonly source?: TpmSource;
}

export interface TpmProfile {
  readonly name?: string;
  readonly source?: string;
  readonly removeDisabled?: 'check' | 'fips-host';
}

export type PcrBank = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface TpmSource {
  readonly type?: 'unix';
  readonly mode?: 'bind' | 'connect';
  readonly path?: string;
}
