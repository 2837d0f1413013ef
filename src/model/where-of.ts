import type { Diagnostic } from './diagnostic.ts';

/** `web.yaml:3:5`, as far as it is known. */
export function whereOf({ file, line, column }: Pick<Diagnostic, 'file' | 'line' | 'column'>): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
