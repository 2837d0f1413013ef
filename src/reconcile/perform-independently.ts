import { toFailure } from '../model/failure.ts';
import type { Step } from '../model/plan.ts';
import type { Attempt } from './note-history.ts';
import { allOf, failsAlone } from './refusal.ts';
import type { FailedStep } from './retries.ts';

interface Work {
  /** Does these in order; each that is done is in the attempt. */
  perform(steps: readonly Step[]): Promise<void>;
  /** What is left to do without the steps about these subjects, and what builds on them. */
  stepsWithout(failing: ReadonlySet<string>): Promise<readonly Step[]>;
  /** Which failed, once all others are done. */
  told(failed: readonly FailedStep[]): void;
}

/** Does the steps of an attempt. One that fails alone is left out and the others are done; then it is thrown. */
export async function performIndependently(
  attempt: Attempt,
  leftOut: Set<string>,
  { perform, stepsWithout, told }: Work,
): Promise<void> {
  const { done } = attempt;
  const failed: FailedStep[] = [];
  for (let open = true; open; ) {
    try {
      await perform(attempt.steps.slice(done.length));
      open = false;
    } catch (error) {
      const step = attempt.steps[done.length];
      const failure = toFailure(error);
      if (step?.subject === undefined || !failsAlone(failure)) throw error;
      failed.push({ step, failure });
      leftOut.add(step.subject);
      attempt.steps = [...attempt.steps.slice(0, done.length), ...(await stepsWithout(leftOut))];
    }
  }
  attempt.steps = [...attempt.steps, ...failed.map(({ step }) => step)];
  told(failed);
  if (failed.length > 0) throw allOf(failed.map(({ failure }) => failure));
}
