import type { Problem } from '../model/diagnostic.ts';
import { reconcileAnnotation, reconcileModes } from '../model/reconcile-mode.ts';

/** Ours, and what each may say; undefined: anything. A word that nobody hears would protect nothing. */
const known: Readonly<Record<string, readonly string[] | undefined>> = {
  [reconcileAnnotation]: reconcileModes,
  'qonverge/protect': ['true', 'false'],
  'qonverge/prune': ['confirm'],
  'qonverge/expires': undefined,
};

export function validateAnnotations(annotations: Readonly<Record<string, string>> = {}): readonly Problem[] {
  return Object.entries(annotations).flatMap(([name, value]): Problem[] => {
    if (!name.startsWith('qonverge/')) return [];
    const path = `metadata.annotations.${name}`;
    if (!Object.hasOwn(known, name))
      return [
        {
          code: 'unknown-field',
          path,
          message: `no annotation is named ${name}`,
          suggestion: `there are ${Object.keys(known).join(', ')}`,
        },
      ];
    const words = known[name];
    return words === undefined || words.includes(value)
      ? []
      : [
          {
            code: 'invalid-value',
            path,
            message: `${name} can't be "${value}"`,
            suggestion: `write ${words.map((word) => `"${word}"`).join(', ')}`,
          },
        ];
  });
}
