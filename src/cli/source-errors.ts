import type { SourceStatus } from '../model/status.ts';
import { whereOf } from '../model/where-of.ts';

/** The first mistakes in the files of a source, a line each; why it is frozen as a whole is told before. */
export function sourceErrors({
  origin,
  errors,
  frozen,
}: Pick<SourceStatus, 'origin' | 'errors' | 'frozen'>): string[] {
  const others = errors.filter(({ message }) => frozen === undefined || !message.startsWith(frozen));
  const lines = others.slice(0, 10).map((error) => `  ${whereOf(error)}: ${error.message}`);
  if (others.length > 10) lines.push(`  and ${others.length - 10} more: qonverge validate ${origin}`);
  return lines;
}
