import { readFile, stat, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Failure, toFailure } from '../model/failure.ts';
import type { Impact } from '../model/plan.ts';
import { keyText } from '../model/resource.ts';
import type { PlanResult } from './plan.ts';
import type { valuesOf } from './values.ts';

/** What a plan was made of: the same again gives the same, as long as neither specs nor host change. */
export interface PlanInput extends Awaited<ReturnType<typeof valuesOf>> {
  readonly path: string;
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
}

export interface SavedPlan {
  readonly qonvergePlan: 1;
  readonly input: PlanInput;
  readonly plan: PlanResult;
}

/** Its values may be nobody else's business. */
const onlyMine = 0o600;

export async function savePlan(file: string, saved: Omit<SavedPlan, 'qonvergePlan'>): Promise<void> {
  const text = `${JSON.stringify({ qonvergePlan: 1, ...saved }, null, 2)}\n`;
  await writeFile(file, text, { mode: onlyMine }).catch((cause: Error) => {
    throw new Failure('refused', `the plan cannot be kept: ${toFailure(cause).message}`, {
      cause,
      retry: 'never',
    });
  });
}

/** The saved plan at this path; undefined where specs are: standard input, a directory, a file that is named as one. */
export async function openSavedPlan(path: string): Promise<SavedPlan | undefined> {
  if (path === '-' || ['.yaml', '.yml', '.xml'].includes(extname(path))) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() && extname(path) !== '.json') return undefined;
  let saved: unknown;
  try {
    saved = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw noPlan(path, (cause as Error).message);
  }
  if (!isSavedPlan(saved)) throw noPlan(path);
  return saved;
}

/** What a plan promises: these steps, for this spec, from this state. */
export function fingerprint({ revision, steps, held }: PlanResult): string {
  const acts = steps.map(({ key, action, impact, changes }) => [
    keyText(key),
    action.type,
    impact,
    changes.map(({ path, current, desired }) => [path, current, desired]),
  ]);
  return JSON.stringify([revision, acts, held.map(({ key, reason }) => [keyText(key), reason])]);
}

export function stale(): Failure {
  return new Failure(
    'refused',
    'the saved plan is stale: the specs, the host or what is allowed have changed since',
    { retry: 'never', suggestion: 'plan again' },
  );
}

/** As far as it is used. What its plan says is compared with the plan of now, so that no edit gets through. */
function isSavedPlan(value: unknown): value is SavedPlan {
  const { qonvergePlan, input, plan } = (value ?? {}) as Partial<SavedPlan>;
  return (
    qonvergePlan === 1 &&
    typeof input?.path === 'string' &&
    typeof input.prune === 'boolean' &&
    [plan?.steps, plan?.held, plan?.diagnostics].every(Array.isArray) &&
    [...(plan?.steps ?? []), ...(plan?.held ?? [])].every(
      (one) => typeof one?.key?.kind === 'string' && Array.isArray(one.changes),
    ) &&
    (plan?.steps ?? []).every(({ action }) => typeof action?.type === 'string')
  );
}

function noPlan(path: string, why?: string): Failure {
  return new Failure('refused', `${path} is no saved plan${why === undefined ? '' : `: ${why}`}`, {
    retry: 'never',
    suggestion: 'qonverge plan PATH --out FILE makes one; the name of a spec ends with .yaml, .yml or .xml',
  });
}
