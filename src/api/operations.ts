import type { DriverTable } from '../drivers/contract.ts';
import type { Clock } from '../host/clock.ts';
import type { KindTable } from '../kinds/contract.ts';
import { refusedOrder } from '../kinds/domain/power.ts';
import type { PowerIntent } from '../model/domain-live.ts';
import { Failure } from '../model/failure.ts';
import { type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { Controller } from '../reconcile/controller.ts';
import type { DesiredState } from '../source/contract.ts';
import type { Store } from '../state/store.ts';
import type { EventLog } from '../telemetry/event-log.ts';

/** What operations work on: one open host. */
export interface Host {
  readonly kinds: KindTable;
  readonly controller: Controller;
  readonly store: Store;
  readonly drivers: DriverTable;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly bootId: string;
  /** Reads a path as a source of desired state. */
  load(path: string, text?: string): Promise<{ readonly origin: string; readonly state: DesiredState }>;
  /** What the daemon watches; absent without one. */
  readonly watching?: string;
  rescan?(): void;
}

export type Input = Readonly<Record<string, unknown>>;

/** One row of the table: the same for the control socket and for a command that works alone. */
export interface Operation {
  readonly name: string;
  readonly permission: 'read' | 'write';
  /** `emit` sends what is said on the way. The result is plain JSON. */
  run(host: Host, input: Input, emit: (message: unknown) => void, signal: AbortSignal): Promise<unknown>;
}

function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '')
    throw new Failure('refused', `${name} is missing`, { retry: 'never' });
  return value;
}

function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

/** `web-1`, `Domain/web-1` or `volume/data`. */
export function parseKey(host: Host, words: string): ResourceKey {
  const [head, ...rest] = words.split('/');
  const kind = Object.keys(host.kinds).find((name) => name.toLowerCase() === head?.toLowerCase()) as
    | Kind
    | undefined;
  if (kind && rest.length > 0) return existing(host, { kind, name: rest.join('/') });
  return existing(host, { kind: 'Domain', name: words });
}

function existing(host: Host, key: ResourceKey): ResourceKey {
  if (host.controller.has(key)) return key;
  throw new Failure('not-found', `there is no ${keyText(key)}`, {
    retry: 'never',
    suggestion: 'qonverge status lists what there is',
  });
}

async function settle(
  host: Host,
  keys: readonly string[],
  timeout: number,
  signal: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  await host.controller.whenSettled(() => keys, limit, true);
  return !limit.aborted;
}

function intentOperation(name: string, want: PowerIntent['want'], restart = false): Operation {
  return {
    name,
    permission: 'write',
    async run(host, input, _emit, signal) {
      const key = parseKey(host, text(input, 'name')) as ResourceKey<'Domain'>;
      if (key.kind !== 'Domain')
        throw new Failure('refused', `${keyText(key)} is no domain`, { retry: 'never' });
      const def = host.store.get(key)?.def;
      const refused =
        def && !(want === 'stopped' && input['force'] === true) ? refusedOrder(def, want) : undefined;
      if (refused)
        throw new Failure('refused', refused.message, { retry: 'never', suggestion: refused.suggestion });
      const by = optionalText(input, 'by') ?? 'a person';
      if (want === 'stopped' && (def?.spec.runStrategy ?? 'Always') === 'Always')
        await host.controller.act(key, { type: 'destroy' }, signal);
      else {
        await host.controller.setIntent(key, {
          want,
          by,
          at: host.clock.now().toISOString(),
          bootId: host.bootId,
          ...(restart ? { restart } : {}),
        });
        if (want === 'stopped' && input['force'] === true)
          await host.controller.act(key, { type: 'destroy' }, signal);
        if (want === 'paused') await host.controller.act(key, { type: 'suspend' }, signal);
        if (name === 'unpause') await host.controller.act(key, { type: 'resume' }, signal);
      }
      return outcome(host, key, Number(input['timeout'] ?? 180_000), signal);
    },
  };
}

/** Waits until nothing more happens to it, then says what it is; its failure is ours. */
async function outcome(host: Host, key: ResourceKey, timeout: number, signal: AbortSignal): Promise<unknown> {
  const inTime = await settle(host, [keyText(key)], timeout, signal);
  const failure = host.controller.entry(keyText(key))?.failure;
  if (failure)
    throw new Failure('refused', `${keyText(key)}: ${failure.message}`, {
      retry: 'never',
      ...(failure.suggestion ? { suggestion: failure.suggestion } : {}),
    });
  if (!inTime)
    throw new Failure('timed-out', `${keyText(key)} is not there yet`, {
      suggestion: 'qonverge status shows how far it is',
    });
  return host.controller.statusOf(key) ?? null;
}

export const operations: readonly Operation[] = [
  {
    name: 'status',
    permission: 'read',
    run: (host, input) => {
      const name = optionalText(input, 'name');
      if (name === undefined) return Promise.resolve({ items: host.controller.status() });
      const kind = Object.keys(host.kinds).find((known) => known.toLowerCase() === name.toLowerCase());
      if (kind)
        return Promise.resolve({ items: host.controller.status().filter((item) => item.kind === kind) });
      return Promise.resolve({ items: [host.controller.statusOf(parseKey(host, name))] });
    },
  },
  {
    name: 'plan',
    permission: 'read',
    async run(host, input, _emit, signal) {
      const { origin, state } = await host.load(text(input, 'path'), optionalText(input, 'text'));
      const plan = await host.controller.preview(origin, state, signal);
      return { ...plan, diagnostics: state.diagnostics, revision: state.revision };
    },
  },
  {
    name: 'apply',
    permission: 'write',
    async run(host, input, emit, signal) {
      const { origin, state } = await host.load(text(input, 'path'), optionalText(input, 'text'));
      const errors = state.diagnostics.filter(({ severity }) => severity === 'error');
      const unfollow = host.events.follow((event) => emit({ event }));
      const gone = [...host.store.all()].filter(
        (record) => record.origin.source === origin && !state.declared.has(keyText(record.key)),
      );
      const keys = [
        ...state.declared.keys(),
        ...(input['prune'] === true ? gone.map((record) => keyText(record.key)) : []),
      ];
      try {
        host.controller.setDesired(origin, state);
        host.controller.retry(keys);
        const timer = setInterval(() => emit({ progress: progress(host, keys) }), 250);
        const inTime = await settle(host, keys, Number(input['timeout'] ?? 300_000), signal).finally(() =>
          clearInterval(timer),
        );
        const items = keys.map((key) => host.controller.entry(key)).filter((entry) => entry !== undefined);
        return {
          inTime,
          diagnostics: state.diagnostics,
          converged: items.filter(({ converged }) => converged).length + keys.length - items.length,
          total: keys.length,
          failed: items.flatMap(({ key, failure }) => (failure ? [{ key: keyText(key), ...failure }] : [])),
          held: items.flatMap(({ held }) => held),
          invalid: errors.length,
        };
      } finally {
        unfollow();
      }
    },
  },
  intentOperation('start', 'running'),
  intentOperation('stop', 'stopped'),
  intentOperation('restart', 'running', true),
  intentOperation('pause', 'paused'),
  intentOperation('unpause', 'running'),
  {
    name: 'reset',
    permission: 'write',
    async run(host, input, _emit, signal) {
      const key = parseKey(host, text(input, 'name')) as ResourceKey<'Domain'>;
      await host.controller.act(key, { type: 'reset' }, signal);
      return outcome(host, key, 30_000, signal);
    },
  },
  {
    name: 'suspend',
    permission: 'write',
    async run(host, input) {
      const key = parseKey(host, text(input, 'name'));
      await host.controller.suspend(
        key,
        optionalText(input, 'by') ?? 'a person',
        optionalText(input, 'reason'),
      );
      return null;
    },
  },
  {
    name: 'resume',
    permission: 'write',
    async run(host, input, _emit, signal) {
      const key = parseKey(host, text(input, 'name'));
      await host.controller.resume(key);
      return outcome(host, key, 180_000, signal);
    },
  },
  {
    name: 'undefine',
    permission: 'write',
    async run(host, input, _emit, signal) {
      const key = parseKey(host, text(input, 'name'));
      await host.controller.undefine(key);
      // Its polite shutdown is under way; this cuts it short.
      if (input['force'] === true && key.kind === 'Domain') {
        await host.controller.act(key as ResourceKey<'Domain'>, { type: 'destroy' }, signal);
      }
      return outcome(host, key, 180_000, signal);
    },
  },
  {
    name: 'reconcile',
    permission: 'write',
    run(host) {
      host.rescan?.();
      host.controller.retry();
      return Promise.resolve(null);
    },
  },
  {
    name: 'approve',
    permission: 'write',
    run: (host) => Promise.resolve({ revisions: host.controller.approve() }),
  },
  {
    name: 'events',
    permission: 'read',
    run(host, input, emit, signal) {
      for (const event of host.events.recent(Number(input['limit'] ?? 100))) emit({ event });
      if (input['follow'] !== true) return Promise.resolve(null);
      return new Promise((done) => {
        const unfollow = host.events.follow((event) => emit({ event }));
        signal.addEventListener('abort', () => {
          unfollow();
          done(null);
        });
      });
    },
  },
  {
    name: 'console',
    permission: 'write',
    async run(host, input) {
      const { name } = parseKey(host, text(input, 'name'));
      const path = await host.drivers.Domain.queries?.console(name);
      if (path === undefined)
        throw new Failure('not-supported', 'this driver has no consoles', { retry: 'never' });
      return { path };
    },
  },
  {
    name: 'logs',
    permission: 'read',
    run(host, input) {
      const { name } = parseKey(host, text(input, 'name'));
      return Promise.resolve({ files: host.drivers.Domain.queries?.logs(name) ?? [] });
    },
  },
];

function progress(host: Host, keys: readonly string[]): { done: number; total: number; waiting: string[] } {
  const open = keys.filter((key) => {
    const entry = host.controller.entry(key);
    return entry && !entry.converged;
  });
  return { done: keys.length - open.length, total: keys.length, waiting: open.slice(0, 5) };
}
