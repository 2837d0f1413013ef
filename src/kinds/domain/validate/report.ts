import type { DiagnosticCode, Problem } from '../../../model/diagnostic.ts';

/** Notes one mistake: where, what, and what to write instead. */
export type Report = (
  code: DiagnosticCode,
  path: string,
  message: string,
  suggestion?: string,
  severity?: Problem['severity'],
) => void;

/** Runs checks and gathers what they report, in order. */
export function collectProblems(check: (report: Report) => void): Problem[] {
  const problems: Problem[] = [];
  check((code, path, message, suggestion, severity) => {
    problems.push({
      ...(severity === undefined ? {} : { severity }),
      code,
      path,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  });
  return problems;
}
