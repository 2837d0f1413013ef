import type { Field } from './field.ts';
import { type Later, laterComment, laterFrom, notYet } from './later.ts';
import { nearest } from './nearest.ts';
import { type Refusal, scalar, show } from './scalar.ts';

export interface ChoiceRules<T extends string> {
  /** libvirt's words that a later release will understand (see `laterFrom`). */
  readonly later?: readonly string[];
  /** Where libvirt's XML has another word for the same: model word → XML word. */
  readonly xmlWords?: Partial<Readonly<Record<T, string>>>;
  /** More words of libvirt that mean one of ours. */
  readonly xmlAlso?: Readonly<Record<string, T>>;
}

/** One word of several. */
export function choice<const T extends string>(
  at: string,
  words: readonly T[],
  about: string,
  rules: ChoiceRules<T> = {},
): Field<T> {
  const later = laterFrom(rules.later ?? []);
  const byYaml = new Map<string, T>(words.map((word) => [word, word]));
  const byXml = new Map<string, T>(words.map((word) => [rules.xmlWords?.[word] ?? word, word]));
  for (const [word, meant] of Object.entries(rules.xmlAlso ?? {})) byXml.set(word, meant);
  return scalar<T>(at, about, {
    schema: { type: 'string', enum: [...words], ...laterComment(later) },
    expected: `one of ${words.join(', ')}`,
    read: (value, form) => {
      if (typeof value !== 'string') return undefined;
      return (form === 'xml' ? byXml : byYaml).get(value) ?? refuse(value, words, later);
    },
    plain: (value) => value,
    print: (value) => rules.xmlWords?.[value] ?? value,
  });
}

function refuse(value: string, words: readonly string[], later: Later): Refusal {
  if (later.has(value)) return { code: 'not-supported', message: notYet(show(value), later.get(value)) };
  const meant = nearest(value, words);
  return {
    code: 'invalid-value',
    message: `must be one of ${words.join(', ')}, not ${show(value)}`,
    ...(meant === undefined ? {} : { suggestion: `did you mean ${meant}?` }),
  };
}
