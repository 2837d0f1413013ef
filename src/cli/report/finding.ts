import type { Diagnostic, Severity } from '../../model/diagnostic.ts';

/** Something that a pipeline should show at its place in a file. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly suggestion?: string;
}

export function findingOf({ severity, code, message, file, line, column, suggestion }: Diagnostic): Finding {
  return {
    severity,
    code,
    message,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Message and way out in one sentence. */
export function sentence({ message, suggestion }: Finding): string {
  return suggestion === undefined ? message : `${message} (${suggestion})`;
}
