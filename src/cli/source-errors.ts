import type { SourceStatus } from '../model/status.ts';
import { whereOf } from '../model/where-of.ts';

/** The first mistakes in the files of a source, a line each. */
export function sourceErrors({ origin, errors }: Pick<SourceStatus, 'origin' | 'errors'>): string[] {
  const lines = errors.slice(0, 10).map((error) => `  ${whereOf(error)}: ${error.message}`);
  if (errors.length > 10) lines.push(`  and ${errors.length - 10} more: qonverge validate ${origin}`);
  return lines;
}
