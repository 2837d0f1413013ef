/** A lease that a lock manager holds while the domain runs. */
export interface Lease {
  readonly lockspace?: string;
  readonly key: string;
  readonly path: string;
  readonly offset?: number;
}
