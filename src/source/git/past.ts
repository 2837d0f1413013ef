import type { Commit, SourcePast } from '../contract.ts';
import type { Mirror } from './mirror.ts';

/** The history of files up to one commit. `more` brings in what was not fetched of it; false: there is no more. */
export function pastOf(mirror: Mirror, commit: string, more: () => Promise<boolean>): SourcePast {
  const whole = async <T>(ask: () => Promise<T>, isEnough: (answer: T) => boolean): Promise<T> => {
    const answer = await ask();
    return isEnough(answer) || !(await more().catch(() => false)) ? answer : ask();
  };
  return {
    text: (file, at = commit) => mirror.text(at, file),
    async blame(file, line): Promise<Commit | undefined> {
      const found = await whole(
        () => mirror.blame(commit, file, line),
        (answer) => answer?.isBoundary !== true,
      );
      return found?.commit;
    },
    changes: (file, most) =>
      whole(
        () => mirror.touching(commit, file, most),
        (answer) => answer.length >= most,
      ),
    resolve: (revision) =>
      whole(
        () => mirror.resolve(revision),
        (answer) => answer !== undefined,
      ),
  };
}
