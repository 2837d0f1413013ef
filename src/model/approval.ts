import { isPeoples } from './reconcile-mode.ts';
import type { KeyText } from './resource.ts';

/** What a person let through a brake: one resource, or the whole of one revision of a source. */
export interface Approval {
  readonly what: 'delete' | 'restart' | 'mass-change';
  /** Of `delete` and `restart`. */
  readonly key?: KeyText;
  /** The source that may use it. Absent: whichever the resource belongs to. */
  readonly source?: string;
  /** What was approved: of `mass-change` the source's revision, of `restart` the spec's. */
  readonly revision?: string;
  /** A person, or the signer of a commit. */
  readonly by: string;
  readonly at?: string;
  /** The commit whose message says so. */
  readonly commit?: string;
}

/** Annotations that make removal wait for an approval: `qonverge/prune: confirm`, and what leaves a machine to people. */
export function needsConfirmation(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return annotations?.['qonverge/prune'] === 'confirm' || isPeoples(annotations);
}
