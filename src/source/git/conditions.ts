import type { Clock } from '../../host/clock.ts';
import type { Failure, FailureCode } from '../../model/failure.ts';
import type { SourceCondition } from '../contract.ts';

/** Which condition a failure speaks of; any other one: a fetch that did not come about. */
const refusals: Partial<Readonly<Record<FailureCode, readonly [SourceCondition['type'], string]>>> = {
  'git-unverified': ['Verified', 'Unverified'],
  'git-rewound': ['Verified', 'Rewound'],
  'permission-denied': ['Fetched', 'AccessDenied'],
};

/** What is known of a git source: Kubernetes' condition rules. */
export class SourceConditions {
  readonly #clock: Clock;
  readonly #begun: number;
  #fetched: number | undefined;
  #conditions: readonly SourceCondition[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begun = clock.monotonic();
    this.#set('Fetched', 'Unknown', 'Fetching', 'the server has not answered yet since this start');
  }

  fetched(commit: string): void {
    this.#fetched = this.#clock.monotonic();
    this.#set('Fetched', 'True', 'Fetched', commit);
  }

  verified(commit: string): void {
    this.#set('Verified', 'True', 'SignatureCounts', commit);
  }

  unchecked(): void {
    this.#set('Verified', 'Unknown', 'NotChecked', 'signatures are not asked for');
  }

  failed({ code, message, suggestion }: Failure): void {
    const [type, reason] = refusals[code] ?? ['Fetched', 'FetchFailed'];
    this.#set(type, 'False', reason, message, suggestion);
  }

  /** `patience`: milliseconds without a fetch after which nobody knows what is wanted by now. */
  all(patience: number): readonly SourceCondition[] {
    const age = this.#clock.monotonic() - (this.#fetched ?? this.#begun);
    if (age <= patience) return this.#conditions;
    const message = `not fetched for ${Math.round(age / 1000)} s`;
    return [
      ...this.#conditions,
      { type: 'Stale', status: 'True', reason: 'NotFetched', message, lastTransitionTime: this.#now() },
    ];
  }

  #set(
    type: SourceCondition['type'],
    status: SourceCondition['status'],
    reason: string,
    message: string,
    suggestion?: string,
  ): void {
    const before = this.#conditions.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : this.#now();
    this.#conditions = [
      ...this.#conditions.filter((condition) => condition.type !== type),
      {
        type,
        status,
        reason,
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
        lastTransitionTime,
      },
    ];
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}
