import type { Problem } from '../model/diagnostic.ts';
import type { Kind } from '../model/resource.ts';

/** Whoever wrote a field that resembles none learns where all of them stand. */
export function withWayOut(problem: Problem, kind: Kind): Problem {
  if (problem.code !== 'unknown-field' || problem.suggestion !== undefined) return problem;
  const parent = problem.path.replace(/\[[^\]]*\]/g, '').replace(/\.?[^.]*$/, '');
  const place = [kind.toLowerCase(), parent].filter(Boolean).join('.');
  return { ...problem, suggestion: `qonverge explain ${place} names the fields that there are` };
}
