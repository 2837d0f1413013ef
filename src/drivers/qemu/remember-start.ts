import type { PowerIntent } from '../../model/domain-live.ts';
import type { ResourceKey } from '../../model/resource.ts';
import type { Domains } from './domains.ts';
import { remember } from './memory.ts';

/** It runs: what an earlier stop and an order to restart said is done with. */
export function rememberStart(
  key: ResourceKey<'Domain'>,
  { deps, bootId }: Domains,
  { autostart }: { readonly autostart?: boolean },
): Promise<void> {
  return remember(deps.store, key, ({ starts = 0, lastStop: _, stopping: __, intent, ...memory }) => ({
    ...memory,
    starts: starts + 1,
    ...(intent ? { intent: fulfilled(intent) } : {}),
    ...(autostart ? { autostartedBoot: bootId } : {}),
  }));
}

function fulfilled({ restart: _, ...intent }: PowerIntent): PowerIntent {
  return intent;
}
