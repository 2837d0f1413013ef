import type { CharacterSource } from './character-device.ts';
import type { Device } from './device.ts';

/** A USB device of the viewer's machine. */
export interface Redirdev extends Device, CharacterSource {
  readonly bus?: 'usb';
  readonly bootOrder?: number;
}

/** One rule for all redirected devices; what is absent matches everything. */
export interface RedirRule {
  readonly class?: number;
  readonly vendor?: number;
  readonly product?: number;
  /** `2.0` */
  readonly version?: string;
  readonly allow: boolean;
}
