import type { Driver } from '../drivers/contract.ts';
import type { KindTable } from '../kinds/contract.ts';
import { renamed } from '../model/renamed.ts';
import { type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import { identityOf } from '../plan/renames.ts';
import type { ResourceRecord } from '../state/records.ts';
import { failpoint } from '../telemetry/failpoint.ts';
import type { ControllerDeps } from './deps.ts';
import type { Entry } from './entry.ts';
import type { WorkQueue } from './queue.ts';
import type { ResourceIndex } from './resource-index.ts';

type Deps = Pick<ControllerDeps, 'kinds' | 'drivers' | 'store' | 'events' | 'log'>;

/** Milliseconds after which the old name is no longer looked at, mostly. */
const soon = 100;

/** Carries resources over to the names under which they are declared now; what runs notices nothing. */
export class Renamer {
  readonly #deps: Deps;
  readonly #index: Pick<ResourceIndex, 'revisionOf'>;
  readonly #queue: Pick<WorkQueue, 'add' | 'addAfter' | 'isActive'>;

  constructor(
    deps: Deps,
    index: Pick<ResourceIndex, 'revisionOf'>,
    queue: Pick<WorkQueue, 'add' | 'addAfter' | 'isActive'>,
  ) {
    this.#deps = deps;
    this.#index = index;
    this.#queue = queue;
  }

  /** The key that this one was carried over from just now; `waits`: it is not its turn, nothing is to be done with it. */
  async settle(entry: Entry): Promise<'waits' | ResourceKey | undefined> {
    const { store, kinds } = this.#deps;
    const { key, text } = entry;
    const record = store.get(key);
    const revision = this.#index.revisionOf(entry);
    const to = revision?.renamedTo(text);
    if (to !== undefined && record && isOpen(record, store.at(to), kinds)) {
      this.#queue.add(to);
      return 'waits';
    }
    const from = store.at(record ? formerKey(record) : (revision?.renames.get(text) ?? ''));
    // What the policy refuses takes over nothing, and what it would take over is left alone.
    if (!from || !isOpen(from, record, kinds) || entry.forbidden !== undefined) return undefined;
    // Whether its old name is gone or was only not read, nobody knows yet.
    if (!record && !revision?.state.complete) return 'waits';
    if (this.#queue.isActive(keyText(from.key))) {
      this.#queue.addAfter(text, soon);
      return 'waits';
    }
    await carryOver(from, key, this.#deps);
    return from.key;
  }
}

/** What a crash of ours cut off is finished before anything is looked at. */
export async function finishRenames(deps: Deps): Promise<void> {
  const { store, kinds, log } = deps;
  for (const record of [...store.all()]) {
    const from = record.formerly === undefined ? undefined : store.at(formerKey(record));
    try {
      if (from && isOpen(from, record, kinds)) await carryOver(from, record.key, deps);
      else if (record.formerly !== undefined) await store.update(record.key, withoutFormer);
    } catch (error) {
      log.warn('its new name has to wait', { key: keyText(record.key), error: String(error) });
    }
  }
}

/** Known under both names at first: whoever is killed in between finds what to finish. */
async function carryOver(
  from: ResourceRecord,
  to: ResourceKey,
  { drivers, store, events, log }: Deps,
): Promise<void> {
  const { name } = from.key;
  await store.update(to, (present) => present ?? underName(from, to));
  await failpoint('rename.recorded');
  const driver = drivers[to.kind] as unknown as Driver<Kind>;
  await driver.rename?.(from.key, to);
  await failpoint('rename.done');
  await store.delete(from.key);
  await store.update(to, withoutFormer);
  log.info('rename', { key: keyText(to), from: name });
  const message = `was ${name} until now; its uuid is the same`;
  events.append({ key: keyText(to), type: 'Normal', reason: 'Renamed', message });
}

function underName(record: ResourceRecord, to: ResourceKey): ResourceRecord {
  return {
    ...record,
    key: to,
    def: renamed(record.def, to),
    ...(record.lastRun ? { lastRun: renamed(record.lastRun, to) } : {}),
    formerly: record.key.name,
  };
}

/** Begun or not, it is not done: the new name stands for nothing else. */
function isOpen(from: ResourceRecord, to: ResourceRecord | undefined, kinds: KindTable): boolean {
  return !to || (to.formerly === from.key.name && identityOf(to.def, kinds) === identityOf(from.def, kinds));
}

function formerKey({ key, formerly = '' }: ResourceRecord): string {
  return keyText({ kind: key.kind, name: formerly });
}

function withoutFormer(record: ResourceRecord | undefined): ResourceRecord | undefined {
  if (record?.formerly === undefined) return record;
  const { formerly: _, ...rest } = record;
  return rest;
}
