import type { DiagnosticCode, Position, Problem } from '../../model/diagnostic.ts';

/** What one decoding gathers on its way. A mistake is noted, never thrown. */
export class Decoding {
  readonly problems: Problem[] = [];
  /** Where each definition path stands; filled when the input has positions. */
  readonly positions = new Map<string, Position>();

  report(code: DiagnosticCode, path: string, message: string, suggestion?: string): void {
    this.problems.push({ code, path, message, ...(suggestion === undefined ? {} : { suggestion }) });
  }
}
