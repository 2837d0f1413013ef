import { nearest } from '../../kinds/shape/nearest.ts';
import { Failure } from '../../model/failure.ts';

/** A branch that is not there, by what `git ls-remote --symref` says of its repository. */
export function missingBranch(branch: string, refs: string): Failure {
  const of = (kind: string) =>
    [...refs.matchAll(new RegExp(`\\trefs/${kind}/([\\w./+@#-]+)$`, 'gm'))].flatMap(([, name]) => name ?? []);
  const branches = of('heads');
  const usual = /^ref: refs\/heads\/([\w./+@#-]+)\tHEAD$/m.exec(refs)?.[1];
  const nothing = 'nothing is removed meanwhile';
  const fail = (message: string, suggestion: string) => new Failure('git-failed', message, { suggestion });
  if (branches.length === 0)
    return fail(`there is no branch ${branch}: the repository has none yet`, 'push the first commit');
  if (of('tags').includes(branch))
    return fail(
      `${branch} is a tag, and no branch`,
      `a source follows a branch: correct --branch, or push one (git push origin ${branch}^{commit}:refs/heads/NAME); ${nothing}`,
    );
  const near = nearest(branch, branches) ?? (branches.includes(usual ?? '') ? usual : branches[0]);
  const others = [near, ...branches.filter((name) => name !== near)].slice(0, 5).join(', ');
  const more = branches.length > 5 ? ` and ${branches.length - 5} more` : '';
  return fail(
    `there is no branch ${branch}; the repository has ${others}${more}`,
    `correct --branch (was it renamed to ${near}?), or push the branch; ${nothing}`,
  );
}
