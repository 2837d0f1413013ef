import type { Declared } from '../manifest/declared.ts';
import type { Approval } from '../model/approval.ts';
import type { Diagnostic } from '../model/diagnostic.ts';

export type { Declared } from '../manifest/declared.ts';

/** Every resource wanted now, with what is wrong. A bad file keeps its last good resources. */
export interface DesiredState {
  /** Content hash over all; changes ⇔ something wanted changed. */
  readonly revision: string;
  readonly declared: ReadonlyMap<string, Declared>;
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong with the present spec of a key whose last good one holds. */
  readonly problems: ReadonlyMap<string, string>;
  /** False: the read was not whole (root missing, empty, unreadable, unsettled or bad files): nothing may be pruned. */
  readonly complete: boolean;
  /** Why not, in words. */
  readonly frozen?: string;
  /** Who made this revision, where the source knows. */
  readonly commit?: Commit;
  /** What its commits let through a brake, where the source may say so. */
  readonly approvals?: readonly Approval[];
}

/** Who made a revision, and who vouches for it. */
export interface Commit {
  readonly id: string;
  readonly author: string;
  /** ISO time. */
  readonly date: string;
  readonly subject: string;
  /** The principal or key of a signature that counts. */
  readonly signer?: string;
}

export interface SourceCondition {
  readonly type: 'Fetched' | 'Verified' | 'Stale';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** The way out. */
  readonly suggestion?: string;
  readonly lastTransitionTime: string;
}

/** How a source fares, for `qonverge sources`. */
export interface SourceReport {
  readonly origin: string;
  readonly commit?: Commit;
  readonly frozen?: string;
  readonly resources: number;
  readonly conditions: readonly SourceCondition[];
}

/** What a source knows of its files over time. */
export interface SourcePast {
  /** At a commit, or at the one that holds. */
  text(file: string, commit?: string): Promise<string | undefined>;
  /** Who last changed a line. */
  blame(file: string, line: number): Promise<Commit | undefined>;
  /** The commits that changed a file, the newest first. */
  changes(file: string, most: number): Promise<readonly Commit[]>;
  resolve(revision: string): Promise<Commit | undefined>;
}

/** Where desired state comes from. */
export interface Source {
  /** For people: the directory or URL. */
  readonly origin: string;
  /** Reads everything once. */
  read(signal: AbortSignal): Promise<DesiredState>;
  /** Yields at start and after each settled change; ends when aborted. */
  changes(signal: AbortSignal): AsyncIterable<DesiredState>;
  /** Forces a full rescan now. */
  rescan(): void;
  report?(): SourceReport | undefined;
  /** Absent: nothing is known of the past, or not yet. */
  past?(): SourcePast | undefined;
}
