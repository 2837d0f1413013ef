import type { Device } from './device.ts';

export interface Watchdog extends Device {
  readonly model: 'i6300esb' | 'ib700' | 'itco' | 'diag288';
  readonly action?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'none' | 'dump' | 'inject-nmi';
}
