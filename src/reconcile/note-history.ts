import type { HistoryRow } from '../model/history.ts';
import type { Step } from '../model/plan.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { Revision } from './revision.ts';

/** What one pass does, for the history. `done` grows with each step. */
export interface Attempt {
  readonly done: string[];
  /** What it was done for, also when that no longer declares it. */
  revision?: Revision | undefined;
  /** As many as are done, then those that failed alone, then what was still to come. */
  steps: readonly Step[];
  at: string;
  /** Monotonic. */
  since: number;
}

export function newAttempt(): Attempt {
  return { done: [], steps: [], at: '', since: 0 };
}

/** Writes down what came of it; of a pass that did nothing there is nothing to say. */
export function noteHistory(
  entry: Entry,
  { done, steps, at, since, revision: began }: Attempt,
  { outcome, message, by }: Pick<HistoryRow, 'outcome'> & { readonly message?: string; readonly by?: string },
  { history, clock, store }: ControllerDeps,
  index: ResourceIndex,
): void {
  if (steps.length === 0) return;
  const { key, text, declaration, requested } = entry;
  const revision = began ?? index.revisionOf(entry);
  const source = declaration?.origin ?? store.get(key)?.origin.source;
  const commit = revision?.state.commit;
  history.append({
    key: text,
    at,
    by: by ?? requested?.by ?? revision?.by ?? 'daemon',
    ...(source === undefined ? {} : { source }),
    ...(declaration
      ? {
          file: declaration.declared.file,
          line: declaration.declared.position.line,
          revision: declaration.declared.revision,
        }
      : {}),
    ...(commit ? { commit: { id: commit.id, author: commit.author, subject: commit.subject } } : {}),
    steps: steps.map(({ action, impact, reason, changes }) => ({
      action: action.type,
      impact,
      reason,
      paths: changes.flatMap(({ path }) => (path === '' ? [] : [path])).slice(0, 20),
    })),
    done: done.length,
    outcome,
    ...(message === undefined ? {} : { message: message.slice(0, 500) }),
    duration: Math.round(clock.monotonic() - since),
  });
}
