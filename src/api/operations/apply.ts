import { within } from '../../host/within.ts';
import { Failure } from '../../model/failure.ts';
import type { Impact } from '../../model/plan.ts';
import { type KeyText, keyText } from '../../model/resource.ts';
import { type Entry, isSettled } from '../../reconcile/entry.ts';
import type { Policy } from '../../reconcile/gate.ts';
import { type Host, operation } from '../contract.ts';
import { tearDownExpired } from '../ephemeral.ts';
import { count, flag, impact, milliseconds, optionalText, text, values } from '../input.ts';

/** Specs that come over the wire instead of from a file. */
export const inlineText = 2 * 1024 * 1024;

const progressEvery = 250;

export const apply = operation({
  name: 'apply',
  permission: 'write',
  input: {
    path: text(4_096),
    text: optionalText(inlineText),
    prune: flag(),
    maxDisruption: impact(),
    maxUnavailable: count(1),
    by: optionalText(),
    timeout: milliseconds(300_000),
    wait: flag(),
    values: values(),
    /** Of a plan that was made before: another one is refused. */
    revision: optionalText(),
  },
  async run(host, input, emit, signal) {
    await tearDownExpired(host, signal);
    const { origin, state } = await host.load(input.path, input.text, input.values);
    if (input.revision !== undefined && input.revision !== state.revision)
      throw new Failure('refused', 'the specs have changed since the plan', {
        retry: 'never',
        suggestion: 'plan again',
      });
    const policy = policyFor(host, origin, input);
    const gone = [...host.store.all()]
      .filter(({ origin: { source } }) => source === origin)
      .map(({ key }) => keyText(key))
      .filter((key) => !state.declared.has(key));
    const keys = [...state.declared.keys(), ...(input.prune ? gone : [])];
    const unfollow = host.events.follow((event) => emit({ event }));
    const timer = setInterval(() => emit({ progress: progress(host, keys) }), progressEvery);
    try {
      host.controller.setDesired(origin, state, policy, input.by);
      host.controller.retry(keys);
      const inTime = await within(input.timeout, signal, async (limit) => {
        await host.controller.whenSettled(() => keys, limit, true);
        if (input.wait) await host.controller.until(() => unready(host, keys).length === 0, limit);
        return !limit.aborted;
      });
      const entries = keys.map((key) => host.controller.entry(key)).filter((entry) => entry !== undefined);
      const removed = keys.length - entries.length;
      return {
        inTime,
        diagnostics: state.diagnostics,
        converged: entries.filter(({ converged }) => converged).length + removed,
        total: keys.length,
        failed: entries.flatMap(({ key, failure }) => (failure ? [{ key: keyText(key), ...failure }] : [])),
        held: entries.flatMap(({ held }) => held),
        unready: input.wait ? unready(host, keys) : [],
      };
    } finally {
      clearInterval(timer);
      unfollow();
    }
  },
});

/** What is as declared, and does not do its work yet. What failed is told as that. */
export function unready(host: Host, keys: readonly KeyText[]): { key: KeyText; message: string }[] {
  return keys.flatMap((key) => {
    const entry = host.controller.entry(key);
    const ready = entry?.conditions.find(({ type }) => type === 'Ready');
    const works = !ready || ready.status === 'True' || entry?.failure !== undefined || isHeld(entry);
    return works ? [] : [{ key, message: ready.message }];
  });
}

/** A person or a policy holds it: waiting does not help. */
function isHeld(entry: Readonly<Entry> | undefined): boolean {
  return entry !== undefined && isSettled(entry) && entry.held.length > 0;
}

/** What this command may do to this source. The daemon's own source keeps the daemon's policy, but for a removal asked for. */
export function policyFor(
  host: Host,
  origin: string,
  {
    prune,
    maxDisruption,
    maxUnavailable,
  }: { prune: boolean; maxDisruption: Impact | undefined; maxUnavailable?: number },
): Partial<Policy> | undefined {
  if (!host.watching?.includes(origin))
    return {
      prune,
      ...(maxDisruption ? { maxDisruption } : {}),
      ...(maxUnavailable ? { maxUnavailable } : {}),
    };
  if (maxDisruption)
    throw new Failure('refused', `a daemon watches ${origin}: --max-disruption of one apply can't bind it`, {
      retry: 'never',
      suggestion: 'give it to `qonverge watch`',
    });
  return prune ? { prune } : undefined;
}

function progress(
  host: Host,
  keys: readonly KeyText[],
): { done: number; total: number; waiting: readonly KeyText[] } {
  const open = keys.filter((key) => {
    const entry = host.controller.entry(key);
    return entry && !entry.converged;
  });
  return { done: keys.length - open.length, total: keys.length, waiting: open.slice(0, 5) };
}
