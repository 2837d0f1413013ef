import { readFile } from 'node:fs/promises';
import { systemClock } from '../host/clock.ts';
import { isPublicKey, isSignedText } from '../host/signing.ts';
import { withoutSecrets } from '../kinds/secrets.ts';
import { kinds } from '../kinds/table.ts';
import type { Values } from '../manifest/compose/substitute.ts';
import { Failure } from '../model/failure.ts';
import type { Impact } from '../model/plan.ts';
import type { Capabilities, Def, KeyText, Kind, Live } from '../model/resource.ts';
import { type Inventoried, planWorld } from '../plan/plan-world.ts';
import { renameIn } from '../plan/renames.ts';
import { rulesOf } from '../plan/rules-of.ts';
import type { Policy } from '../policy/policy.ts';
import { DirectorySource } from '../source/directory.ts';
import { silentLogger } from '../telemetry/log.ts';
import { judged } from './judged.ts';
import type { PlanResult } from './plan.ts';

export interface AgainstOptions {
  readonly file: string;
  /** The host's public key; exports that it did not sign are refused. */
  readonly key: string;
  /** Milliseconds. */
  readonly maxAge: number;
  /** The source of the host that these specs stand for. */
  readonly source?: string | undefined;
  /** What the host's policy would say of them; absent: it is not asked. */
  readonly policy?: Policy | undefined;
  readonly prune: boolean;
  readonly values?: Values;
  readonly maxDisruption?: Impact;
}

interface StatusExport {
  readonly qonvergeExport: number;
  readonly takenAt: string;
  readonly capabilities: Readonly<Record<Kind, unknown>>;
  readonly items: readonly {
    readonly key: KeyText;
    readonly def: Def;
    readonly origin: string;
    readonly protected?: boolean;
    readonly suspended?: string;
    readonly live?: Live;
  }[];
}

/** What a host would do with these specs, by its signed export: no host is asked, nothing is touched. */
export async function planAgainst(path: string, options: AgainstOptions): Promise<PlanResult> {
  const { capabilities, items } = await readExport(options);
  const source = new DirectorySource(path, {
    kinds,
    clock: systemClock,
    log: silentLogger,
    settle: 0,
    ...(options.values ? { values: options.values } : {}),
  });
  const state = await source.read(AbortSignal.timeout(600_000));
  const origins = [...new Set(items.map(({ origin }) => origin))];
  const origin = options.source ?? origins[0] ?? source.origin;
  if (options.source === undefined && origins.length > 1)
    throw new Failure('refused', `the export has ${origins.length} sources: ${origins.join(', ')}`, {
      retry: 'never',
      suggestion: 'say which one these specs are: --source ORIGIN',
    });
  const inventory = new Map<KeyText, Inventoried>();
  const live = new Map<KeyText, Live>();
  for (const { key, live: facts, ...row } of items) {
    inventory.set(key, row);
    if (facts) live.set(key, facts);
  }
  for (const [to, from] of renameIn(inventory, { ...state, origin }, kinds)) {
    const facts = live.get(from);
    live.delete(from);
    if (facts) live.set(to, facts);
  }
  const desired = new Map<KeyText, Def>();
  for (const [text, { key, def }] of state.declared) {
    const offered = capabilities[key.kind] as Capabilities;
    // As the export has it: a secret is no difference.
    const known = withoutSecrets(def);
    desired.set(text, rulesOf(kinds, key.kind).complete(known, inventory.get(text)?.def, offered));
  }
  for (const text of state.problems.keys()) {
    const row = inventory.get(text);
    if (row && !desired.has(text)) desired.set(text, row.def);
  }
  const plan = planWorld(
    {
      desired,
      live,
      inventory,
      origin,
      complete: state.complete,
      prune: options.prune,
      ...(state.frozen === undefined ? {} : { frozen: state.frozen }),
      ...(options.maxDisruption ? { maxDisruption: options.maxDisruption } : {}),
    },
    kinds,
  );
  const places = Object.fromEntries(
    [...state.declared].map(([key, { file, position, from }]) => [
      key,
      { file, ...position, ...(from ? { from } : {}) },
    ]),
  );
  const trust = /^[a-z+]+:\/\//.test(origin) ? 'tenant' : 'operator';
  const refused = options.policy
    ? judged(state.declared, options.policy, { origin, trust, root: source.origin })
    : [];
  return { ...plan, diagnostics: [...state.diagnostics, ...refused], revision: state.revision, places };
}

/** The export of a file, if this host signed it, and not too long ago. */
async function readExport({ file, key, maxAge }: AgainstOptions): Promise<StatusExport> {
  const refuse = (message: string, suggestion: string) =>
    new Failure('refused', `${file}: ${message}`, { retry: 'never', suggestion });
  const again = 'make a new one on the host: qonverge export-status --out FILE';
  const [text, publicKey] = await Promise.all([readFile(file, 'utf8'), readFile(key, 'utf8')]);
  if (!isPublicKey(publicKey))
    throw new Failure('refused', `${key}: is no public key`, {
      retry: 'never',
      suggestion: `on the host: qonverge export-status --public-key > ${key}`,
    });
  let outer: { payload?: unknown; signature?: unknown } | null;
  try {
    outer = JSON.parse(text);
  } catch (error) {
    throw refuse(`is no export: ${(error as Error).message}`, again);
  }
  const { payload, signature } = outer ?? {};
  if (typeof payload !== 'string' || typeof signature !== 'string') throw refuse('is no export', again);
  if (!isSignedText(payload, signature, publicKey))
    throw refuse(`was not signed with ${key}, or was changed since`, again);
  const content = JSON.parse(payload) as StatusExport;
  if (content.qonvergeExport !== 1) throw refuse('was made by another release', again);
  const age = Date.now() - Date.parse(content.takenAt);
  if (!(age <= maxAge))
    throw refuse(
      `is ${age < 120_000 ? `${Math.round(age / 1_000)} s` : `${Math.round(age / 60_000)} min`} old: the host may be another by now`,
      again,
    );
  if (age < -300_000) throw refuse('was taken in the future', 'set the clocks right');
  return content;
}
