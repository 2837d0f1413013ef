import type { Device } from './device.ts';

export interface Audio extends Device {
  readonly id: number;
  readonly type:
    | 'none'
    | 'alsa'
    | 'coreaudio'
    | 'dbus'
    | 'file'
    | 'jack'
    | 'oss'
    | 'pulseaudio'
    | 'sdl'
    | 'spice';
  /** Microseconds. */
  readonly timerPeriod?: number;
  /** file: the WAV file. */
  readonly path?: string;
  /** sdl */
  readonly driver?: 'esd' | 'alsa' | 'arts' | 'pulseaudio';
  /** pulseaudio */
  readonly serverName?: string;
  /** oss */
  readonly tryMMap?: boolean;
  readonly exclusive?: boolean;
  readonly dspPolicy?: number;
  readonly input?: AudioStream;
  readonly output?: AudioStream;
}

/** Sound in one direction. */
export interface AudioStream {
  readonly mixingEngine?: boolean;
  readonly fixedSettings?: boolean;
  readonly voices?: number;
  /** Microseconds. */
  readonly bufferLength?: number;
  readonly frequency?: number;
  readonly channels?: number;
  readonly format?: 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32' | 'f32';
  readonly dev?: string;
  readonly bufferCount?: number;
  readonly tryPoll?: boolean;
  readonly serverName?: string;
  readonly clientName?: string;
  readonly connectPorts?: string;
  readonly exactName?: boolean;
  readonly name?: string;
  readonly streamName?: string;
  readonly latency?: number;
}
