import { Failure } from '../model/failure.ts';
import { type Impact, impacts } from '../model/plan.ts';
import type { Flag, ParsedArguments } from './arguments.ts';

export const maxDisruptionFlag: Flag = {
  value: 'IMPACT',
  about: `nothing worse: ${impacts.join(', ')}`,
  choices: impacts,
};

export const maxUnavailableFlag: Flag = { value: 'N', about: 'restarts at once (default 1)' };

/** The worst that these arguments allow, if they say so. */
export function maxDisruption(args: ParsedArguments): { readonly maxDisruption?: Impact } {
  const impact = args.text('max-disruption') as Impact | undefined;
  return impact ? { maxDisruption: impact } : {};
}

export function maxUnavailable(args: ParsedArguments): number {
  const most = Number(args.text('max-unavailable') ?? 1);
  if (Number.isSafeInteger(most) && most >= 1) return most;
  throw new Failure('refused', '--max-unavailable takes a whole number, 1 or more', { retry: 'never' });
}
