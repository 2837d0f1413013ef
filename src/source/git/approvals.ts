import type { Approval } from '../../model/approval.ts';
import { toFailure } from '../../model/failure.ts';
import type { Kind } from '../../model/resource.ts';
import type { DesiredState } from '../contract.ts';
import { Merger } from '../merge.ts';
import type { Mirror } from './mirror.ts';
import type { GitOptions } from './options.ts';
import { SpecTree, type SpecTreeOptions } from './spec-tree.ts';
import { approvalsOf, type TrailedCommit } from './trailers.ts';

/** An approval, and the commit that has it. */
export type Said = Approval & { readonly commit: string };
/** Says that an approval in a commit counts for nothing, and why. */
type Ignore = (commit: string, why: string) => void;

/** What the new commits let through. Each of them has to be vouched for itself. */
export async function approvalsIn(
  mirror: Mirror,
  news: readonly TrailedCommit[],
  {
    kinds,
    verify = { mode: 'off' },
    allowTrailers = false,
  }: Pick<GitOptions, 'verify' | 'allowTrailers'> & Pick<SpecTreeOptions, 'kinds'>,
  ignore: Ignore,
): Promise<readonly Said[]> {
  const found: Said[] = [];
  for (const { id, author, trailers } of news) {
    const { approvals, problems } = approvalsOf(trailers, Object.keys(kinds) as Kind[]);
    if (approvals.length + problems.length === 0) continue;
    const refusal = verify.mode === 'off' ? undefined : await mirror.signatureProblem(id, verify);
    if (verify.mode === 'off' && !allowTrailers)
      ignore(id, 'no signature is asked for here, and the source does not allow trailers');
    else if (refusal !== undefined) ignore(id, `it is not signed by anybody who counts: ${refusal.message}`);
    else {
      for (const problem of problems) ignore(id, problem);
      const by = verify.mode === 'off' ? author : ((await mirror.describe(id)).signer ?? author);
      found.push(...approvals.map((one) => ({ ...one, by: printable(by), commit: id })));
    }
  }
  return found;
}

/**
 * Those that speak of what the newest commit says. Who approved in an older commit of the same push saw the specs as they
 * were there: what somebody changed afterwards was not approved.
 */
export async function thoseThatStand(
  said: readonly Said[],
  mirror: Mirror,
  tip: { readonly id: string; readonly root: string; readonly state: DesiredState },
  options: SpecTreeOptions,
  ignore: Ignore,
): Promise<readonly Approval[]> {
  // A tree and a merge of their own: what holds never passes through an older commit.
  const tree = new SpecTree(tip.root, options);
  const merger = new Merger(options.kinds);
  const shownAt = async (commit: string): Promise<DesiredState> => {
    await tree.move(mirror, commit);
    return merger.update(tree.changes());
  };
  const standing: Approval[] = [];
  for (const [commit, approvals] of byCommit(said)) {
    try {
      const shown = commit === tip.id ? tip.state : await shownAt(commit);
      for (const one of approvals)
        if (commit === tip.id || isStill(one, shown, tip.state)) standing.push(one);
        else
          ignore(commit, `later commits change ${one.key ?? 'what it approved'}: approve it on top of them`);
    } catch (error) {
      ignore(commit, `the specs there cannot be read: ${toFailure(error).message}`);
    }
  }
  return standing;
}

function byCommit(said: readonly Said[]): ReadonlyMap<string, readonly Said[]> {
  const found = new Map<string, Said[]>();
  for (const one of said) found.set(one.commit, [...(found.get(one.commit) ?? []), one]);
  return found;
}

function isStill({ what, key = '' }: Approval, shown: DesiredState, now: DesiredState): boolean {
  if (what === 'mass-change') return shown.complete && shown.revision === now.revision;
  if (what === 'delete') return shown.complete && !shown.declared.has(key) && !now.declared.has(key);
  const spec = shown.declared.get(key)?.revision;
  return spec !== undefined && !shown.problems.has(key) && spec === now.declared.get(key)?.revision;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 200);
}
