import {
  audioStreamWords,
  audioWords,
  withoutOtherWords,
} from '../../../kinds/domain/devices/audio-words.ts';
import type { Audio, AudioStream } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

/** QEMU's names of backends that libvirt calls otherwise. */
const drivers: Partial<Record<Audio['type'], string>> = { pulseaudio: 'pa', file: 'wav' };

export function buildAudio(given: Audio, { args }: DeviceBuild): void {
  const { type } = given;
  const audio = withoutOtherWords(given, audioWords, type);
  args.json('-audiodev', {
    id: `audio${audio.id}`,
    driver: drivers[type] ?? type,
    'timer-period': audio.timerPeriod,
    path: audio.path,
    server: audio.serverName,
    'try-mmap': audio.tryMMap,
    exclusive: audio.exclusive,
    'dsp-policy': audio.dspPolicy,
    in: streamProperties(audio.input, type),
    out: streamProperties(audio.output, type),
  });
}

/** Settings count only while they are fixed; a zero is the same as none. */
function streamProperties(given: AudioStream | undefined, type: Audio['type']): Properties | undefined {
  if (given === undefined) return undefined;
  const stream = withoutOtherWords(given, audioStreamWords, type);
  const fixed = stream.fixedSettings === true;
  const properties = {
    'mixing-engine': stream.mixingEngine,
    'fixed-settings': stream.fixedSettings,
    voices: stream.voices,
    'buffer-length': stream.bufferLength,
    frequency: fixed ? stream.frequency : undefined,
    channels: fixed ? stream.channels : undefined,
    format: fixed ? stream.format : undefined,
    dev: stream.dev,
    'buffer-count': stream.bufferCount || undefined,
    'try-poll': stream.tryPoll,
    'server-name': stream.serverName,
    'client-name': stream.clientName,
    'connect-ports': stream.connectPorts,
    'exact-name': stream.exactName,
    name: stream.name,
    'stream-name': stream.streamName,
    latency: stream.latency || undefined,
  };
  return Object.values(properties).some((value) => value !== undefined) ? properties : undefined;
}
