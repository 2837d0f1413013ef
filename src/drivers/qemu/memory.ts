import type { DomainAction } from '../../model/domain-action.ts';
import type { PowerIntent, SavedState, StopRecord } from '../../model/domain-live.ts';
import type { Json } from '../../model/json.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { Store } from '../../state/store.ts';

/** What its disks and firmware held before it started changed. */
export interface Checkpoint {
  readonly at: string;
  readonly images: readonly { readonly path: string; readonly alias: string }[];
  readonly nvram?: string;
}

/** What a domain's record keeps for the driver over stops and reboots. */
export interface DomainMemory {
  readonly starts?: number;
  readonly lastStop?: StopRecord;
  readonly intent?: PowerIntent;
  readonly autostartedBoot?: string;
  readonly saved?: SavedState;
  readonly checkpoint?: Checkpoint;
  /** A shutdown under way: its deadline is not started anew by a restart of ours. */
  readonly stopping?: {
    readonly since: string;
    readonly bootId: string;
    readonly action: DomainAction['type'];
  };
}

export function recall(store: Store, key: ResourceKey<'Domain'>): DomainMemory {
  return (store.get(key)?.extra ?? {}) as DomainMemory;
}

/** Changes the memory durably. Without a record there is nothing to remember for. */
export async function remember(
  store: Store,
  key: ResourceKey<'Domain'>,
  change: (memory: DomainMemory) => DomainMemory,
): Promise<void> {
  await store.update(key, (record) => {
    if (!record) return undefined;
    const extra = change((record.extra ?? {}) as DomainMemory) as unknown as { readonly [key: string]: Json };
    return extra === record.extra ? record : { ...record, extra };
  });
}
