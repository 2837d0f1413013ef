import type { Driver } from '../drivers/contract.ts';
import type { Declared } from '../manifest/declared.ts';
import type { Capabilities, Def, Kind } from '../model/resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { ResourceRecord } from '../state/records.ts';
import type { ControllerDeps } from './deps.ts';
import type { Completed, Entry } from './entry.ts';

/**
 * What specs come to on this host. It follows from the spec, the definition before, this release and what the host can
 * do: while all of these are the same it is not worked out again, also after a restart.
 */
export class Completion {
  readonly #deps: ControllerDeps;
  /** What drivers said they can do, as text that is the same for the same. */
  readonly #hosts = new WeakMap<object, string>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
  }

  async of(entry: Entry, { revision, def }: Declared): Promise<Def> {
    const { store, kinds, revisionOf } = this.#deps;
    const { key } = entry;
    const record = store.get(key);
    const base = record?.def;
    const known = inMemory(entry, revision, base) ?? onRecord(record, revision);
    if (known && entry.forbidden !== undefined) return known.def;
    let capabilities: Capabilities<Kind>;
    try {
      capabilities = await this.#capabilities(entry, def);
    } catch (error) {
      // While an emulator is being replaced, what is known holds.
      if (known) return known.def;
      throw error;
    }
    const host = this.#host(capabilities);
    if (known?.host === host) {
      entry.completed = known;
      return known.def;
    }
    const fresh = rulesOf(kinds, key.kind).complete(def, base, capabilities);
    const same = base !== undefined && revisionOf(fresh) === revisionOf(base);
    entry.completed = { revision, host, base, def: same ? base : store.parts.share(fresh) };
    return entry.completed.def;
  }

  /** What it was completed for is no longer so: an upgrade of QEMU, a module that was loaded. */
  async isOutdated(entry: Entry): Promise<boolean> {
    const { completed, declaration, forbidden } = entry;
    if (!completed || !declaration || forbidden !== undefined) return false;
    const capabilities = await this.#capabilities(entry, declaration.declared.def).catch(() => undefined);
    return capabilities !== undefined && this.#host(capabilities) !== completed.host;
  }

  /** To ask an emulator is to run it: none that the policy refuses. */
  #capabilities({ forbidden }: Entry, def: Def): Promise<Capabilities<Kind>> {
    const driver = this.#deps.drivers[def.kind] as unknown as Driver<Kind>;
    return driver.capabilities(forbidden === undefined ? def : undefined);
  }

  #host(capabilities: Capabilities<Kind>): string {
    const { release, revisionOf } = this.#deps;
    const known = this.#hosts.get(capabilities);
    if (known !== undefined) return known;
    const host = revisionOf([release, capabilities]);
    this.#hosts.set(capabilities, host);
    return host;
  }
}

/** For the definition on record, or the one that is about to be. */
function inMemory({ completed }: Entry, revision: string, base: Def | undefined): Completed | undefined {
  const stands = completed?.revision === revision && (completed.base === base || completed.def === base);
  return stands ? completed : undefined;
}

function onRecord(record: ResourceRecord | undefined, revision: string): Completed | undefined {
  const { def, generation, completed } = record ?? {};
  if (!def || completed?.revision !== revision || completed.generation !== generation) return undefined;
  return { revision, host: completed.host, base: def, def };
}
