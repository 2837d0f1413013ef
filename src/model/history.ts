import type { Impact } from './plan.ts';
import type { KeyText } from './resource.ts';

/** What was done to one resource in one go: from what spec, by whom, how long it took and what came of it. */
export interface HistoryRow {
  readonly key: KeyText;
  /** ISO time at which it began. */
  readonly at: string;
  /** `daemon`, or the person who asked. */
  readonly by: string;
  readonly source?: string;
  readonly file?: string;
  readonly line?: number;
  /** Digest of the spec that was in force. */
  readonly revision?: string;
  /** The commit that the source stood at. */
  readonly commit?: { readonly id: string; readonly author: string; readonly subject: string };
  readonly steps: readonly HistoryStep[];
  /** How many of the steps were done. */
  readonly done: number;
  readonly outcome: 'converged' | 'held' | 'continues' | 'failed' | 'cancelled';
  readonly message?: string;
  /** Milliseconds. */
  readonly duration: number;
  /** The same came of it so many times in a row; `at` and `duration` are of the last. */
  readonly times?: number;
}

export interface HistoryStep {
  readonly action: string;
  readonly impact: Impact;
  readonly reason: string;
  /** The fields that it is for. */
  readonly paths: readonly string[];
}
