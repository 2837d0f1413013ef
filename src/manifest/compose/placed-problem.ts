import type { Diagnostic, DiagnosticCode } from '../../model/diagnostic.ts';
import type { Place } from './spec-node.ts';

/** A mistake that knows its place. */
export interface PlacedProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly place: Place;
  readonly path?: string;
  readonly suggestion?: string;
}

export function diagnosticOf({ place, ...problem }: PlacedProblem): Diagnostic {
  return { severity: 'error', ...problem, ...place };
}
