import { within } from '../../host/within.ts';
import { Failure } from '../../model/failure.ts';
import { keyText } from '../../model/resource.ts';
import { type Host, operation } from '../contract.ts';
import {
  ephemeralOrigin,
  isolated,
  previews,
  suffixPattern,
  tearDown,
  tearDownExpired,
} from '../ephemeral.ts';
import { flag, milliseconds, oneOf, optionalText, text, values } from '../input.ts';
import { inlineText, unready } from './apply.ts';

const tearDownIn = 120_000;

/** Specs beside themselves for a while: boots them, waits until they are ready, and takes them away when they are not. */
export const ephemeral = operation({
  name: 'ephemeral',
  permission: 'write',
  input: {
    path: text(4_096),
    text: optionalText(inlineText),
    values: values(),
    suffix: text(40),
    ttl: milliseconds(7_200_000, 30),
    network: oneOf(['user', 'none', 'same'] as const, 'user'),
    timeout: milliseconds(300_000),
    keep: flag(),
    by: optionalText(),
  },
  async run(host, input, emit, signal) {
    const suffix = checkedSuffix(input.suffix);
    await tearDownExpired(host, signal);
    const began = host.clock.monotonic();
    const until = new Date(host.clock.now().getTime() + input.ttl).toISOString();
    const { state: written } = await host.load(input.path, input.text, input.values);
    const { state, notes } = await isolated(host, written, { suffix, network: input.network, until });
    const bad = state.diagnostics.some(({ severity }) => severity === 'error');
    const origin = ephemeralOrigin(suffix);
    const keys = bad ? [] : [...state.declared.keys()];
    const before = (previews(host).get(suffix)?.keys ?? []).map(keyText);
    const unfollow = host.events.follow((event) => emit({ event }));
    try {
      if (!bad) {
        host.controller.setDesired(origin, state, { prune: true }, input.by);
        host.controller.retry([...keys, ...before]);
      }
      const inTime = await within(input.timeout, signal, async (limit) => {
        await host.controller.whenSettled(() => keys, limit, true);
        await host.controller.until(() => unready(host, keys).length === 0, limit);
        return !limit.aborted;
      });
      const items = keys.map((key) => reportOf(host, key));
      const ready = !bad && items.every((item) => item.ready);
      const tornDown = !ready && !bad && !input.keep;
      if (tornDown) await tearDown(host, suffix, AbortSignal.timeout(tearDownIn));
      const seconds = Math.round((host.clock.monotonic() - began) / 100) / 10;
      return {
        suffix,
        until,
        ready,
        tornDown,
        inTime,
        seconds,
        items,
        notes,
        diagnostics: state.diagnostics,
      };
    } finally {
      unfollow();
    }
  },
});

export const teardown = operation({
  name: 'teardown',
  permission: 'write',
  input: { suffix: text(40) },
  async run(host, input, _emit, signal) {
    const suffix = checkedSuffix(input.suffix);
    const known = previews(host);
    if (!known.has(suffix))
      throw new Failure('not-found', `there is no preview ${suffix}`, {
        retry: 'never',
        suggestion: known.size === 0 ? 'there is none at all' : `there are: ${[...known.keys()].join(', ')}`,
      });
    return { suffix, ...(await within(tearDownIn, signal, (limit) => tearDown(host, suffix, limit))) };
  },
});

function checkedSuffix(suffix: string): string {
  if (suffixPattern.test(suffix)) return suffix;
  throw new Failure('refused', `${JSON.stringify(suffix)} cannot end a name`, {
    retry: 'never',
    suggestion: 'letters, digits and . _ + -, at most 40: pr-12',
  });
}

function reportOf(host: Host, text: string) {
  const entry = host.controller.entry(text);
  const status = entry && host.controller.statusOf(entry.key);
  const failure = entry?.failure?.message;
  const held = entry?.held[0]?.message;
  const waits = unready(host, [text])[0]?.message;
  const message = failure ?? held ?? waits;
  return {
    key: entry ? keyText(entry.key) : text,
    state: status?.state ?? 'nostate',
    ready: entry !== undefined && message === undefined && entry.converged,
    ...(message === undefined ? {} : { message }),
  };
}
