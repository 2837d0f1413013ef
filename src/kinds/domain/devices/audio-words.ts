import type { Audio, AudioStream } from '../../../model/domain-devices.ts';

type Words<T> = { readonly [K in keyof T]?: readonly Audio['type'][] };

/** The backends that a word is for; what is not here is for all of them. */
export const audioWords: Words<Audio> = {
  path: ['file'],
  driver: ['sdl'],
  serverName: ['pulseaudio'],
  tryMMap: ['oss'],
  exclusive: ['oss'],
  dspPolicy: ['oss'],
};

/** The same of one direction. */
export const audioStreamWords: Words<AudioStream> = {
  dev: ['alsa', 'oss'],
  bufferCount: ['coreaudio', 'oss', 'sdl'],
  tryPoll: ['alsa', 'oss'],
  serverName: ['jack'],
  clientName: ['jack'],
  connectPorts: ['jack'],
  exactName: ['jack'],
  name: ['pulseaudio'],
  streamName: ['pulseaudio'],
  latency: ['pulseaudio'],
};

/** Without the words that are for other backends than this one. */
export function withoutOtherWords<T extends object>(value: T, words: Words<T>, type: Audio['type']): T {
  const isOwn = ([word]: [string, unknown]): boolean => words[word as keyof T]?.includes(type) ?? true;
  // Only optional words have a backend of their own.
  return Object.fromEntries(Object.entries(value).filter(isOwn)) as T;
}
