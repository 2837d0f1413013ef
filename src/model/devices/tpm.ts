import type { Device } from './device.ts';

export interface Tpm extends Device {
  readonly model?: 'tpm-tis' | 'tpm-crb';
  readonly backend?: 'emulator';
  readonly version?: '1.2' | '2.0';
  readonly persistentState?: boolean;
}
