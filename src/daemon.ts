import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from './api/contract.ts';
import { serveControl } from './api/control.ts';
import { version } from './cli/version.ts';
import { decodeWorker } from './decode-worker.ts';
import { openDrivers } from './drivers/table.ts';
import { systemClock } from './host/clock.ts';
import { ensureDirSync, rotateLog } from './host/files.ts';
import { acquireLock } from './host/lock.ts';
import { type HostPaths, shortId } from './host/paths.ts';
import { bootId } from './host/process-identity.ts';
import { signatureNow } from './host/tree.ts';
import { kinds } from './kinds/table.ts';
import { revisionOf } from './manifest/canonical.ts';
import { Failure } from './model/failure.ts';
import type { Impact } from './model/plan.ts';
import { Controller } from './reconcile/controller.ts';
import { type DirectoryOptions, DirectorySource } from './source/directory.ts';
import { MemorySource } from './source/memory.ts';
import { Store } from './state/store.ts';
import { EventLog } from './telemetry/event-log.ts';
import type { Logger } from './telemetry/log.ts';

export interface HostOptions {
  readonly uri: string;
  readonly paths: HostPaths;
  readonly log: Logger;
  readonly prune: boolean;
  readonly maxDisruption?: Impact;
  readonly settle?: number;
}

export interface OpenHost extends Host {
  close(): Promise<void>;
}

export function eventsFile({ logDir }: HostPaths): string {
  return join(logDir, 'events.jsonl');
}

/** The composition root: every room put together for one state directory, which is locked while this lives. */
export async function openHost(
  { uri, paths, log, prune, maxDisruption, settle }: HostOptions,
  watching?: { path: string; rescan(): void },
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
    const drivers = openDrivers(uri, { paths, store, kinds, clock, log, events });
    const workers = 2 * availableParallelism();
    const controller = new Controller({
      kinds,
      drivers,
      store,
      clock,
      log,
      events,
      workers,
      prune,
      random: Math.random,
      revisionOf,
      ...(maxDisruption ? { maxDisruption } : {}),
    });
    const host: Host = {
      kinds,
      controller,
      store,
      drivers,
      events,
      clock,
      bootId: await bootId(),
      async load(path, text) {
        const source =
          text === undefined
            ? new DirectorySource(path, await sourceOptions(path, { paths, log, settle }))
            : new MemorySource('stdin', [{ path, text }], kinds);
        return { origin: source.origin, state: await source.read(AbortSignal.timeout(60_000)) };
      },
      ...(watching ? { watching: watching.path, rescan: watching.rescan } : {}),
    };
    await controller.open(new AbortController().signal);
    const server = await serveControl(host, paths.runDir, log);
    return {
      ...host,
      async close() {
        await server.close();
        await controller.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function sourceOptions(
  path: string,
  { paths, log, settle }: { paths: HostPaths; log: Logger; settle?: number | undefined },
): Promise<DirectoryOptions> {
  // A new build may decode the same text to something else, whatever its version says.
  const build = decodeWorker && (await signatureNow(fileURLToPath(decodeWorker)));
  return {
    kinds,
    clock: systemClock,
    log,
    ...(settle === undefined ? {} : { settle }),
    ...(decodeWorker && build
      ? {
          worker: decodeWorker,
          cache: {
            path: join(paths.stateDir, 'cache', `specs-${shortId(resolve(path))}`),
            release: `${version} ${build}`,
          },
        }
      : {}),
  };
}

/** Watches a path until aborted. The guests go on. */
export async function runDaemon(
  path: string,
  options: HostOptions & { readonly interval: number },
  signal: AbortSignal,
): Promise<void> {
  const { log, interval } = options;
  const source = new DirectorySource(path, { ...(await sourceOptions(path, options)), interval });
  const host = await openSoon(options, { path: source.origin, rescan: () => source.rescan() });
  const { controller } = host;
  const onHangup = () => {
    log.info('SIGHUP: looking at everything');
    source.rescan();
    controller.retry();
  };
  process.on('SIGHUP', onHangup);
  controller.sweep(interval);
  try {
    log.info('watching', { path: source.origin, interval });
    let first = true;
    for await (const state of source.changes(signal)) {
      for (const { severity, code, message, file, line, column } of state.diagnostics) {
        log.warn('spec', { severity, code, message, at: [file, line, column].join(':') });
      }
      controller.setDesired(source.origin, state);
      if (first) controller.reconcile();
      first = false;
    }
  } finally {
    process.off('SIGHUP', onHangup);
    await host.close();
    log.info('stopped; the guests go on');
  }
}

/** A command that works alone holds the lock for a moment; whoever holds it for longer is another daemon. */
async function openSoon(...args: Parameters<typeof openHost>): Promise<OpenHost> {
  const deadline = systemClock.monotonic() + 900;
  for (;;) {
    try {
      return await openHost(...args);
    } catch (error) {
      const held = error instanceof Failure && error.code === 'state-locked';
      if (!held || systemClock.monotonic() > deadline) throw error;
      await systemClock.sleep(20);
    }
  }
}
