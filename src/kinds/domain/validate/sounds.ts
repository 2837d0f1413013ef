import type { DomainSpec } from '../../../model/domain.ts';
import type { Audio, AudioStream, Sound } from '../../../model/domain-devices.ts';
import { impliedAudio } from '../complete/implicit-devices.ts';
import { audioStreamWords, audioWords } from '../devices/audio-words.ts';
import type { Report } from './report.ts';
import { checkEach, checkRules, type Rule, unwanted } from './rules.ts';

/** Sound cards and where their sound goes. */
export function checkSounds(spec: DomainSpec, report: Report): void {
  const { audios = [] } = spec.devices ?? {};
  checkEach(soundRules, spec.devices?.sounds, 'spec.devices.sounds', spec, report);
  checkEach(audioRules, audios, 'spec.devices.audios', spec, report);
  const seen = new Set<number>();
  audios.forEach(({ id, type, input, output }, index) => {
    const path = `spec.devices.audios[${index}]`;
    if (seen.has(id)) report('conflicting-options', `${path}.id`, `there are two audio backends ${id}`);
    seen.add(id);
    for (const [way, stream] of Object.entries({ input, output }))
      if (stream !== undefined) checkRules(streamRules, { ...stream, type }, `${path}.${way}`, spec, report);
  });
}

/** The type of a backend, also of the one with id 1 that is added where there is none. */
export function audioType({ devices }: DomainSpec, wanted: number): Audio['type'] | undefined {
  const { audios = [], graphics = [] } = devices ?? {};
  if (audios.length === 0) return wanted === 1 ? impliedAudio(graphics) : undefined;
  return audios.find(({ id }) => id === wanted)?.type;
}

const soundRules: readonly Rule<Sound>[] = [
  {
    at: 'model',
    when: ({ model }) => model === 'ich7',
    says: 'QEMU has no sound card ich7',
    instead: 'use ich6 or ich9',
    code: 'not-supported',
  },
  ...unwanted<Sound>(['multichannel'], ({ model }) => model !== 'usb', 'is for model usb'),
  {
    at: 'audio',
    when: ({ audio }, spec) => audio !== undefined && audioType(spec, audio) === undefined,
    says: 'there is no audio backend with this id',
    instead: 'add it to devices.audios',
    code: 'missing-reference',
  },
];

const audioRules: readonly Rule<Audio>[] = [
  {
    at: 'type',
    when: ({ type }, { devices }) =>
      type === 'spice' && devices?.graphics?.some((one) => one.type === 'spice') !== true,
    says: 'there is no spice server for the sound to go through',
    instead: 'add graphics of type spice, or use another backend',
    code: 'missing-reference',
  },
  ...forOthers<Audio>(audioWords),
];

/** One direction, and the backend that it belongs to. */
type Stream = AudioStream & Pick<Audio, 'type'>;

const streamRules: readonly Rule<Stream>[] = [
  {
    at: 'fixedSettings',
    when: ({ mixingEngine, fixedSettings }) => mixingEngine !== true && fixedSettings === true,
    says: 'settings are fixed by the mixing engine',
    instead: 'set mixingEngine: true',
  },
  {
    at: 'fixedSettings',
    when: ({ fixedSettings, frequency, channels, format }) =>
      fixedSettings !== true && (frequency ?? channels ?? format) !== undefined,
    says: 'frequency, channels and format are for fixed settings',
    instead: 'set fixedSettings: true',
  },
  ...forOthers<Stream>(audioStreamWords),
];

/** Words of one backend that mean nothing to another. */
function forOthers<T extends Pick<Audio, 'type'>>(
  words: {
    readonly [K in keyof T]?: readonly Audio['type'][];
  },
): Rule<T>[] {
  return Object.entries<readonly Audio['type'][] | undefined>(words).flatMap(([word, types = []]) =>
    unwanted<T>(
      [word as keyof T & string],
      ({ type }) => !types.includes(type),
      `is for type ${types.join(' and ')}`,
    ).map((rule) => ({ ...rule, isHarmless: true })),
  );
}
