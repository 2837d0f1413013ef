import type { Audio, AudioStream } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { object } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const positive = { minimum: 1, maximum: 0xffff_ffff };
const name = { maxLength: 255 };

const stream = elementCodec<AudioStream>(
  'stream',
  {
    mixingEngine: yesNo('@mixingEngine', "Mix with QEMU's own engine."),
    fixedSettings: yesNo('@fixedSettings', 'Frequency, channels and format are as set here.'),
    voices: integer('@voices', 'Number of voices.', positive),
    bufferLength: integer('@bufferLength', 'Length of the buffer in microseconds.', positive),
    frequency: integer('settings@frequency', 'Samples per second.', positive),
    channels: integer('settings@channels', 'Channels.', positive),
    format: choice('settings@format', ['s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32'], 'Format of a sample.'),
    dev: text('@dev', 'alsa, oss: device.', { maxLength: 1024 }),
    bufferCount: integer('@bufferCount', 'coreaudio, oss, sdl: number of buffers.', { maximum: 0xffff_ffff }),
    tryPoll: yesNo('@tryPoll', 'alsa, oss: poll.'),
    serverName: text('@serverName', 'jack: server.', name),
    clientName: text('@clientName', 'jack: our name there.', name),
    connectPorts: text('@connectPorts', 'jack: ports to connect to, a regular expression.', name),
    exactName: yesNo('@exactName', 'jack: the name must be free.'),
    name: text('@name', 'pulseaudio: sink or source.', name),
    streamName: text('@streamName', 'pulseaudio: our name there.', name),
    latency: integer('@latency', 'pulseaudio: latency in microseconds.', { maximum: 0xffff_ffff }),
  },
  { order: 'settings' },
);

const codec = deviceCodec<Audio>(
  'audio',
  {
    ...deviceFields,
    id: required(integer('@id', 'Number that sound cards refer to, from 1.', { minimum: 1 })),
    type: required(
      choice(
        '@type',
        ['none', 'alsa', 'coreaudio', 'dbus', 'file', 'jack', 'oss', 'pulseaudio', 'sdl', 'spice'],
        'Where the sound goes.',
        { later: ['pipewire=8.1'] },
      ),
    ),
    timerPeriod: integer('@timerPeriod', 'Microseconds between looks at the sound.', positive),
    path: text('@path', 'file: the WAV file.', { maxLength: 1024 }),
    driver: choice('@driver', ['esd', 'alsa', 'arts', 'pulseaudio'], 'sdl: its driver.'),
    serverName: text('@serverName', 'pulseaudio: server.', name),
    tryMMap: yesNo('@tryMMap', 'oss: map memory.'),
    exclusive: yesNo('@exclusive', 'oss: nobody else may use the device.'),
    dspPolicy: integer('@dspPolicy', 'oss: timing policy.', { maximum: 10 }),
    input: object('input', stream, 'What the guest hears.'),
    output: object('output', stream, 'What the guest plays.'),
  },
  { order: 'input output', later: '@runtimeDir' },
);

export const audio: DeviceClass<Audio> = {
  element: 'audio',
  about: 'Where sound of the guest goes on the host.',
  codec,
};
