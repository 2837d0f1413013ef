import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Host } from './api/contract.ts';
import { connectControl, serveControl } from './api/control.ts';
import { tearDownExpired } from './api/ephemeral.ts';
import { serveWebhook } from './api/webhook.ts';
import { version } from './cli/version.ts';
import { openDrivers } from './drivers/table.ts';
import { systemClock } from './host/clock.ts';
import { compactHeap } from './host/compact-heap.ts';
import { ensureDirSync, rotateLog } from './host/files.ts';
import { grouped } from './host/grouped.ts';
import { keepGoing } from './host/keep-going.ts';
import { acquireLock } from './host/lock.ts';
import { encodeName, type HostPaths } from './host/paths.ts';
import { bootId } from './host/process-identity.ts';
import { kinds } from './kinds/table.ts';
import { revisionOf } from './manifest/canonical.ts';
import type { Diagnostic } from './model/diagnostic.ts';
import { Failure, toFailure } from './model/failure.ts';
import type { Impact } from './model/plan.ts';
import { keyText, type ResourceKey } from './model/resource.ts';
import { whereOf } from './model/where-of.ts';
import { buildOf, directoryOptions, openSource } from './open-source.ts';
import { Controller } from './reconcile/controller.ts';
import type { HostShutdown } from './reconcile/host-shutdown.ts';
import { PolicyWall } from './reconcile/policy-wall.ts';
import type { DaemonConfig } from './source/config.ts';
import type { Source } from './source/contract.ts';
import { DirectorySource } from './source/directory.ts';
import { MemorySource } from './source/memory.ts';
import { Approvals } from './state/approvals.ts';
import { History } from './state/history.ts';
import { Store } from './state/store.ts';
import { EventLog, type EventRecord } from './telemetry/event-log.ts';
import type { Logger } from './telemetry/log.ts';

export interface HostOptions {
  readonly uri: string;
  readonly paths: HostPaths;
  readonly log: Logger;
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
  /** Restarts at once. Default: 1. */
  readonly maxUnavailable?: number;
  readonly settle?: number;
  /** The host's policy file; absent: the usual place, if there is one. */
  readonly policy?: string;
}

export const policyFile = '/etc/qonverge/policy.yaml';

export interface OpenHost extends Host {
  readonly wall: PolicyWall;
  close(): Promise<void>;
}

export function eventsFile({ logDir }: HostPaths): string {
  return join(logDir, 'events.jsonl');
}

/** The composition root: every room put together for one state directory, which is locked while this lives. */
export async function openHost(
  { uri, paths, log, prune, maxDisruption, maxUnavailable = 1, settle, policy }: HostOptions,
  watching?: Watching,
): Promise<OpenHost> {
  ensureDirSync(paths.stateDir, 0o711);
  ensureDirSync(paths.runDir, 0o755);
  ensureDirSync(paths.logDir, 0o755);
  const lock = acquireLock(join(paths.runDir, 'lock'));
  try {
    const clock = systemClock;
    await rotateLog(eventsFile(paths));
    const events = new EventLog({
      now: clock.now,
      keep: (event) => appendFileSync(eventsFile(paths), `${JSON.stringify(event)}\n`),
    });
    const store = await Store.open(paths);
    for (const { path, failure } of store.problems) {
      log.error('a state record cannot be read', { path, problem: failure.message });
      events.append({ type: 'Warning', reason: 'StateCorrupt', message: failure.message });
    }
    const history = new History(paths);
    const approvals = new Approvals(paths);
    const wall = await PolicyWall.open({
      file: policy ?? policyFile,
      required: policy !== undefined,
      kinds,
      ownPaths: (key) => ownPaths(key, paths),
      ownerOf: (key) => store.ownerOf(key),
      isHere: (key) => store.at(key) !== undefined,
      accepted: () => store.all(),
    });
    for (const { origin, namePrefix } of watching?.sources ?? []) await wall.watch(origin, namePrefix);
    const drivers = openDrivers(uri, {
      paths,
      store,
      kinds,
      clock,
      log,
      events,
      resident: watching !== undefined,
    });
    const workers = 2 * availableParallelism();
    const controller = new Controller({
      kinds,
      drivers,
      store,
      history,
      approvals,
      clock,
      log,
      events,
      workers,
      prune,
      maxUnavailable,
      random: Math.random,
      release: (await buildOf())?.release ?? version,
      revisionOf,
      wall,
      ...(maxDisruption ? { maxDisruption } : {}),
    });
    const host: Host = {
      kinds,
      controller,
      store,
      history,
      drivers,
      events,
      clock,
      bootId: await bootId(),
      async load(path, text, values) {
        const source =
          text === undefined
            ? new DirectorySource(path, {
                ...(await directoryOptions(path, { kinds, paths, log, settle })),
                ...(values ? { values } : {}),
              })
            : new MemorySource('stdin', [{ path, text }], kinds, values);
        const state = await source.read(AbortSignal.timeout(60_000));
        const refused = wall.judge(source.origin, state.declared).diagnostics;
        return {
          origin: source.origin,
          state: { ...state, diagnostics: [...state.diagnostics, ...refused] },
        };
      },
      ...(watching
        ? {
            watching: watching.sources.map(({ origin }) => origin),
            rescan: () => {
              for (const { source } of watching.sources) source.rescan();
            },
            source: (origin: string) => watching.sources.find((one) => one.origin === origin)?.source,
            sources: () => watching.sources.flatMap(({ source }) => source.report?.() ?? []),
          }
        : {}),
    };
    await controller.open(new AbortController().signal);
    const server = await serveControl(host, paths.runDir, log);
    return {
      ...host,
      wall,
      async close() {
        await server.close();
        await controller.close();
        await keepSnapshot(store, log);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What a daemon watches. */
interface Watching {
  readonly sources: readonly {
    readonly source: Source;
    readonly origin: string;
    readonly namePrefix?: string | undefined;
  }[];
}

/** Watches sources until aborted. The guests go on. */
export async function runDaemon(
  { sources: configs, webhook }: DaemonConfig,
  options: HostOptions & { readonly interval: number; readonly onShutdown?: HostShutdown },
  signal: AbortSignal,
): Promise<void> {
  const { log, interval } = options;
  // A source may have something to say before anybody can hear it.
  const alarms: Omit<EventRecord, 'time'>[] = [];
  let alarm = (event: Omit<EventRecord, 'time'>): void => void alarms.push(event);
  const sources = await Promise.all(
    configs.map(async (config) => {
      const source: Source = await openSource(config, {
        ...options,
        kinds,
        interval,
        alarm: (reason, message) => alarm({ type: 'Warning', source: source.origin, reason, message }),
      });
      return { source, origin: source.origin, namePrefix: config.namePrefix };
    }),
  );
  const host = await openSoon(options, { sources });
  const { controller, events } = host;
  alarm = (event) => events.append(event);
  for (const event of alarms) alarm(event);
  const onHangup = () => {
    log.info('SIGHUP: looking at everything');
    for (const { source } of sources) source.rescan();
    reloadPolicy(host, log).then(() => controller.retry());
  };
  // One at a time: a machine may take its time to go.
  const endPreviews = grouped(async () => void (await tearDownExpired(host, signal)));
  const timer = setInterval(
    () => {
      reloadPolicy(host, log);
      endPreviews().catch((error: unknown) => log.error('previews', { error: String(error) }));
    },
    Math.min(interval, 10_000),
  );
  process.on('SIGHUP', onHangup);
  let hooks: Awaited<ReturnType<typeof serveWebhook>> | undefined;
  try {
    hooks = webhook && (await serveWebhook(webhook, sources, log));
    controller.sweep(interval);
    // What runs is known before the first spec is read.
    controller.look(signal);
    await Promise.all(sources.map(({ source }) => followOn(source, host, log, signal)));
  } finally {
    clearInterval(timer);
    process.off('SIGHUP', onHangup);
    await hooks?.close();
    const { onShutdown } = signal.reason === 'SIGTERM' ? options : {};
    if (onShutdown)
      await controller.orders.shutdownHost(onShutdown, ({ key, how, message }) =>
        log.info(`host shutdown: ${how}`, { key: keyText(key), ...(message ? { message } : {}) }),
      );
    await host.close();
    log.info(onShutdown ? 'stopped' : 'stopped; the guests go on');
  }
}

/** A fault of ours with one source leaves the others alone, and what holds of it. */
function followOn(source: Source, host: OpenHost, log: Logger, signal: AbortSignal): Promise<void> {
  const onFailure = (error: unknown) => {
    const { message } = toFailure(error);
    log.error('source', { path: source.origin, error: error instanceof Error ? error.stack : message });
    host.events.append({ type: 'Warning', source: source.origin, reason: 'SourceFailed', message });
  };
  const work = () => follow(source, host, log, signal);
  return keepGoing(work, { clock: systemClock, signal, pause: 30_000, onFailure });
}

async function follow(source: Source, host: OpenHost, log: Logger, signal: AbortSignal): Promise<void> {
  const { controller } = host;
  log.info('watching', { path: source.origin });
  let first = true;
  let said = new Set<string>();
  for await (const state of source.changes(signal)) {
    // The directory may be another one by now.
    await reloadPolicy(host, log);
    const known = said;
    said = new Set();
    const say = (about: string, diagnostic: Diagnostic) => {
      const { severity, code, message } = diagnostic;
      const fields = { severity, code, message, at: whereOf(diagnostic) };
      const text = JSON.stringify(fields);
      said.add(text);
      // With every revision only what is new.
      if (!known.has(text)) log.warn(about, fields);
    };
    for (const diagnostic of state.diagnostics) say('spec', diagnostic);
    for (const diagnostic of controller.setDesired(source.origin, state)) say('policy', diagnostic);
    if (first) {
      controller.reconcile();
      // Whoever waits for the load is answered before.
      const rest = controller.whenIdle().then(() => systemClock.sleep(1_000, signal));
      const settle = async () => {
        await keepSnapshot(host.store, log);
        compactHeap();
      };
      rest.then(settle, () => undefined);
    }
    first = false;
  }
}

async function keepSnapshot(store: Store, log: Logger): Promise<void> {
  try {
    await store.keepSnapshot();
  } catch (error) {
    log.warn('cannot keep a snapshot of what is defined', { error: (error as Error).message });
  }
}

/** A policy that cannot be read is said, and the one before holds on. */
async function reloadPolicy({ wall, controller, events }: OpenHost, log: Logger): Promise<void> {
  try {
    if (!(await wall.reload())) return;
    log.info('what the policy grants has changed');
    controller.judgeAgain();
  } catch (error) {
    const { message } = toFailure(error);
    log.error('the policy cannot be read; the one before holds', { error: message });
    events.append({ type: 'Warning', reason: 'PolicyInvalid', message });
  }
}

/** What this host assigns by itself, and therefore nobody has to be granted. */
export function ownPaths({ kind, name }: ResourceKey, { stateDir }: HostPaths): readonly string[] {
  if (kind === 'Volume')
    return ['raw', 'qcow2'].map((format) => join(stateDir, 'volumes', `${name}.${format}`));
  return kind === 'Domain' ? [join(stateDir, 'nvram', `${encodeName(name)}.fd`)] : [];
}

/** For a command that works alone: a guest that shuts down may take its time. */
const lockPatience = 30_000;

/** A command that works alone holds the lock until it is done; whoever listens meanwhile is another daemon. */
async function openSoon(options: HostOptions, watching: Watching): Promise<OpenHost> {
  const begin = systemClock.monotonic();
  let told = false;
  for (;;) {
    try {
      return await openHost(options, watching);
    } catch (error) {
      const waited = systemClock.monotonic() - begin;
      if (!(error instanceof Failure && error.code === 'state-locked') || waited > lockPatience) throw error;
      const daemon = await connectControl(options.paths.runDir);
      daemon?.destroy();
      if (daemon) throw error;
      if (waited > 1_000 && !told) options.log.info(`${error.message}: waiting for it`);
      told ||= waited > 1_000;
      await systemClock.sleep(20);
    }
  }
}
