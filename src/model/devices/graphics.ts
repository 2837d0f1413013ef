import type { Device } from './device.ts';

export interface Graphics extends Device {
  readonly type: 'vnc' | 'spice' | 'egl-headless' | 'dbus' | 'sdl';
  readonly port?: number;
  readonly autoport?: boolean;
  readonly websocket?: number;
  readonly tlsPort?: number;
  readonly listenType?: 'address' | 'network' | 'socket' | 'none';
  readonly listen?: string;
  readonly listenNetwork?: string;
  readonly socket?: string;
  readonly keymap?: string;
  readonly passwd?: string;
  readonly passwdValidTo?: string;
  readonly connected?: 'keep' | 'disconnect' | 'fail';
  readonly gl?: GraphicsGl;
  /** vnc */
  readonly sharePolicy?: 'allow-exclusive' | 'force-shared' | 'ignore';
  readonly powerControl?: boolean;
  /** vnc, dbus: number of the audio backend. */
  readonly audio?: number;
  /** spice */
  readonly defaultMode?: SpiceMode;
  readonly channels?: readonly SpiceChannel[];
  readonly imageCompression?: 'auto_glz' | 'auto_lz' | 'quic' | 'glz' | 'lz' | 'off';
  readonly jpegCompression?: 'auto' | 'never' | 'always';
  readonly zlibCompression?: 'auto' | 'never' | 'always';
  readonly playbackCompression?: boolean;
  readonly streamingMode?: 'filter' | 'all' | 'off';
  readonly copypaste?: boolean;
  readonly mouseMode?: 'server' | 'client';
  readonly filetransfer?: boolean;
  /** dbus */
  readonly p2p?: boolean;
  readonly busAddress?: string;
  /** sdl */
  readonly display?: string;
  readonly xauth?: string;
  readonly fullscreen?: boolean;
}

export interface GraphicsGl {
  readonly enabled?: boolean;
  readonly rendernode?: string;
}

export type SpiceMode = 'secure' | 'insecure' | 'any';

export interface SpiceChannel {
  readonly channel:
    | 'main'
    | 'display'
    | 'inputs'
    | 'cursor'
    | 'playback'
    | 'record'
    | 'smartcard'
    | 'usbredir';
  readonly mode: SpiceMode;
}
