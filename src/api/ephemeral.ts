import { exists } from '../host/files.ts';
import type { Isolation } from '../kinds/contract.ts';
import { touchesOf } from '../kinds/touches.ts';
import { revisionOf } from '../manifest/canonical.ts';
import type { Declared } from '../manifest/declared.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { type KeyText, keyOf, keyText, type Metadata, type ResourceKey } from '../model/resource.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { DesiredState } from '../source/contract.ts';
import type { Host } from './contract.ts';

export const suffixPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$/;
const expires = 'qonverge/expires';

export interface Ephemeral {
  readonly suffix: string;
  readonly network: Isolation['network'];
  /** ISO time. */
  readonly until: string;
}

export function ephemeralOrigin(suffix: string): string {
  return `preview:${suffix}`;
}

/** The same specs beside themselves. A spec that can't stand apart is a mistake of the preview. */
export async function isolated(
  host: Host,
  state: DesiredState,
  { suffix, network, until }: Ephemeral,
): Promise<{ readonly state: DesiredState; readonly notes: readonly string[] }> {
  const images = await imagesOf(host, state);
  const named = (name: string) => `${name}-${suffix}`;
  const isolation: Isolation = {
    network,
    nameOf: (key) => (state.declared.has(keyText(key)) ? named(key.name) : undefined),
    metadata: ({ name, annotations = {} }: Metadata) => {
      const { 'qonverge/protect': _, ...rest } = annotations;
      return { name: named(name), annotations: { ...rest, [expires]: until } };
    },
    imageOf: (volume) => images.get(volume),
  };
  const declared = new Map<KeyText, Declared>();
  const diagnostics: Diagnostic[] = [...state.diagnostics];
  const notes: string[] = [];
  for (const [text, item] of state.declared) {
    const rules = rulesOf(host.kinds, item.key.kind);
    try {
      const made = rules.isolate?.(item.def, isolation);
      if (!made) throw new Error(`a ${item.key.kind} has no previews`);
      const key = keyOf(made.def);
      const touches = touchesOf(made.def, rules.touches).map((touch) => ({
        ...touch,
        position: item.position,
      }));
      declared.set(keyText(key), { ...item, key, def: made.def, revision: revisionOf(made.def), touches });
      notes.push(...made.notes.map((note) => `${text}: ${note}`));
    } catch (error) {
      const { message } = error as Error;
      diagnostics.push({
        severity: 'error',
        code: 'not-supported',
        message: `${text}: ${message}`,
        file: item.file,
        ...item.position,
      });
    }
  }
  const taken = [...declared.keys()].filter((text) => {
    const record = [...host.store.all()].find(({ key }) => keyText(key) === text);
    return record !== undefined && record.origin.source !== ephemeralOrigin(suffix);
  });
  for (const text of taken)
    diagnostics.push({
      severity: 'error',
      code: 'duplicate-resource',
      message: `${text} is there already, and is no preview`,
      suggestion: 'choose another suffix',
    });
  const good = taken.length === 0;
  return {
    state: {
      ...state,
      declared: good ? declared : new Map(),
      diagnostics,
      revision: revisionOf([...declared.keys(), until]),
    },
    notes,
  };
}

/** Images of the volumes of these specs that exist on this host by now. */
async function imagesOf(
  { store, drivers, kinds }: Host,
  { declared }: DesiredState,
): Promise<Map<string, { readonly path: string; readonly format: 'raw' | 'qcow2' }>> {
  const found = new Map<string, { readonly path: string; readonly format: 'raw' | 'qcow2' }>();
  for (const { def } of declared.values()) {
    if (def.kind !== 'Volume') continue;
    const key = keyOf(def);
    const previous = store.get(key)?.def;
    const { path, format = 'raw' } =
      previous?.spec ?? kinds.Volume.complete(def, undefined, await drivers.Volume.capabilities(def)).spec;
    if (path !== undefined && (await exists(path))) found.set(def.metadata.name, { path, format });
  }
  return found;
}

/** The previews that are here, with the time at which each ends. */
export function previews({
  store,
}: Host): Map<string, { readonly until: string; readonly keys: ResourceKey[] }> {
  const found = new Map<string, { readonly until: string; readonly keys: ResourceKey[] }>();
  for (const { key, def, origin } of store.all()) {
    const [, suffix] = /^preview:(.+)$/.exec(origin.source) ?? [];
    if (suffix === undefined) continue;
    const until = def.metadata.annotations?.[expires] ?? '';
    const known = found.get(suffix) ?? { until, keys: [] };
    known.keys.push(key);
    found.set(suffix, known);
  }
  return found;
}

/** Takes a preview away: its machines at once, then the volumes that were its own. */
export async function tearDown(
  host: Host,
  suffix: string,
  signal: AbortSignal,
): Promise<{ readonly removed: readonly KeyText[]; readonly left: readonly KeyText[] }> {
  const { controller, kinds, store } = host;
  const nothing: DesiredState = {
    revision: '',
    declared: new Map(),
    diagnostics: [],
    problems: new Map(),
    complete: true,
  };
  controller.setDesired(ephemeralOrigin(suffix), nothing, { prune: false });
  const keys = previews(host).get(suffix)?.keys ?? [];
  // Nothing is removed before it is known what others hold on to: a daemon knows it already.
  if (!host.watching && keys.length > 0) await controller.inspect(signal);
  // What others stand on goes last.
  const order = [...new Set(keys.map(({ kind }) => kind))].sort(
    (a, b) => rulesOf(kinds, b).order - rulesOf(kinds, a).order,
  );
  for (const kind of order) {
    const some = keys.filter((key) => key.kind === kind);
    for (const key of some) await controller.orders.undefine(key);
    const texts = some.map(keyText);
    controller.retry(texts);
    await controller.whenSettled(() => texts, signal, true);
  }
  const left = keys.filter((key) => store.get(key));
  return { removed: keys.filter((key) => !left.includes(key)).map(keyText), left: left.map(keyText) };
}

/** What has had its time. Called by whoever works on this host next. */
export async function tearDownExpired(host: Host, signal: AbortSignal): Promise<readonly string[]> {
  const now = host.clock.now().getTime();
  const gone: string[] = [];
  for (const [suffix, { until }] of previews(host)) {
    // A time that can't be read is over.
    if (Date.parse(until) > now) continue;
    gone.push(suffix);
    host.events.append({ type: 'Normal', reason: 'PreviewExpired', message: `preview ${suffix} ends` });
    await tearDown(host, suffix, signal);
  }
  return gone;
}
