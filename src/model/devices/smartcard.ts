import type { CharacterSource } from './character-device.ts';
import type { Device } from './device.ts';

export interface Smartcard extends Device {
  readonly mode: 'host' | 'host-certificates' | 'passthrough';
  /** host-certificates: the three names in the database. */
  readonly certificates?: readonly string[];
  readonly database?: string;
  /** passthrough */
  readonly source?: CharacterSource;
}
