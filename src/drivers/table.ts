import { join } from 'node:path';
import type { Clock } from '../host/clock.ts';
import { ensureDirSync } from '../host/files.ts';
import type { HostPaths } from '../host/paths.ts';
import type { KindTable } from '../kinds/contract.ts';
import { baselineCapabilities } from '../kinds/domain/baseline-capabilities.ts';
import type { LiveDomain, PowerIntent } from '../model/domain-live.ts';
import { Failure } from '../model/failure.ts';
import { Journal } from '../state/journal.ts';
import { RunRecords } from '../state/run-records.ts';
import type { Store } from '../state/store.ts';
import type { EventLog } from '../telemetry/event-log.ts';
import type { Logger } from '../telemetry/log.ts';
import type { DriverTable } from './contract.ts';
import { CapabilityProbe } from './qemu/capabilities.ts';
import type { ResolvedImage } from './qemu/command-line/context.ts';
import { QemuDriver } from './qemu/driver.ts';
import { recall } from './qemu/memory.ts';
import { createStorageDriver } from './storage/driver.ts';
import { createTestDriver, TestWorld } from './test/driver.ts';

export interface DriverDeps {
  readonly paths: HostPaths;
  readonly store: Store;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventLog;
  /** False for a command that comes and goes. */
  readonly resident: boolean;
}

interface Provider {
  readonly uris: readonly string[];
  /** undefined: declined. */
  open(uri: string, deps: DriverDeps): DriverTable | undefined;
}

/** Asked in this order; the first that accepts a URI drives every kind behind it. */
const providers: readonly Provider[] = [
  { uris: ['test:///default'], open: openTest },
  { uris: ['qemu:///system', 'qemu:///session'], open: openQemu },
];

export function openDrivers(uri: string, deps: DriverDeps): DriverTable {
  for (const provider of providers) {
    const table = provider.open(uri, deps);
    if (table) return table;
  }
  const known = providers.flatMap(({ uris }) => uris);
  throw new Failure('not-supported', `no driver takes ${uri}`, {
    retry: 'never',
    suggestion: `known: ${known.join(', ')}`,
  });
}

function openTest(uri: string, { paths, kinds, store }: DriverDeps): DriverTable | undefined {
  if (!uri.startsWith('test:')) return undefined;
  ensureDirSync(paths.runDir);
  const world = new TestWorld(join(paths.runDir, 'world.jsonl'), (key) => store.get(key)?.def);
  return {
    Domain: createTestDriver(
      'Domain',
      kinds,
      world,
      () => baselineCapabilities,
      (key, live) => withIntent(live, recall(store, key).intent),
    ),
    Volume: createTestDriver('Volume', kinds, world, () => ({
      defaultDirectory: join(paths.stateDir, 'volumes'),
    })),
  };
}

function openQemu(uri: string, deps: DriverDeps): DriverTable | undefined {
  if (uri !== 'qemu:///system' && uri !== 'qemu:///session') return undefined;
  const { paths, store } = deps;
  ensureDirSync(join(paths.stateDir, 'capabilities'), 0o700);
  const qemu = new QemuDriver({
    ...deps,
    runRecords: new RunRecords(paths),
    journal: new Journal(paths),
    capabilities: new CapabilityProbe(paths),
    reservedPorts: new Set(),
    volumeImage: (name) => volumeImage(store, name),
  });
  const volumeDirectory = join(paths.stateDir, 'volumes');
  return {
    Domain: qemu,
    Volume: createStorageDriver({ store, volumeDirectory, users: qemu.imageUsers }),
  };
}

/** The image behind a Volume's name, by its accepted definition. */
function volumeImage(store: Store, name: string): ResolvedImage | undefined {
  const def = store.get({ kind: 'Volume', name })?.def;
  if (!def || def.spec.path === undefined) return undefined;
  const { backingFile } = def.spec;
  return {
    path: def.spec.path,
    format: def.spec.format ?? 'raw',
    block: false,
    // Nothing stands below that: what the head of an image says of it may be a guest's word.
    backing: backingFile ? { ...backingFile, block: false, backing: null } : null,
  };
}

/** A person's order, as the record has it. */
function withIntent(live: LiveDomain, intent: PowerIntent | undefined): LiveDomain {
  return intent ? { ...live, intent } : live;
}
