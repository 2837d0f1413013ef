import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/api/contract.ts';
import type { Driver, DriverTable } from '../../src/drivers/contract.ts';
import { recall } from '../../src/drivers/qemu/memory.ts';
import { createTestDriver, TestWorld } from '../../src/drivers/test/driver.ts';
import type { HostPaths } from '../../src/host/paths.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import { revisionOf } from '../../src/manifest/canonical.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import type { Kind, ResourceKey } from '../../src/model/resource.ts';
import { Controller, type ControllerDeps } from '../../src/reconcile/controller.ts';
import type { Entry } from '../../src/reconcile/entry.ts';
import type { DesiredState } from '../../src/source/contract.ts';
import { MemorySource } from '../../src/source/memory.ts';
import { Approvals } from '../../src/state/approvals.ts';
import { History } from '../../src/state/history.ts';
import { Store } from '../../src/state/store.ts';
import { EventLog } from '../../src/telemetry/event-log.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { FakeClock } from './fake-clock.ts';

export const key = (name: string): ResourceKey<'Domain'> => ({ kind: 'Domain', name });
export const text = (name: string) => `Domain/${name}`;

/** A whole host in memory, under a clock of the test's: the real controller, store and planner, the test driver. */
export class TestHost {
  readonly paths: HostPaths;
  readonly clock = new FakeClock();
  readonly world = new TestWorld();
  readonly events = new EventLog({ now: () => this.clock.now() });
  readonly origin = '/specs';
  store!: Store;
  history!: History;
  controller!: Controller;
  drivers!: DriverTable;
  readonly #change: Partial<ControllerDeps>;
  readonly #wrap: (driver: Driver<'Domain'>) => Driver<'Domain'>;

  private constructor(
    root: string,
    change: Partial<ControllerDeps>,
    wrap: (driver: Driver<'Domain'>) => Driver<'Domain'>,
  ) {
    this.paths = { stateDir: join(root, 's'), runDir: join(root, 'r'), logDir: join(root, 'l') };
    this.#change = change;
    this.#wrap = wrap;
  }

  static async open(
    change: Partial<ControllerDeps> = {},
    wrap: (driver: Driver<'Domain'>) => Driver<'Domain'> = (driver) => driver,
  ): Promise<TestHost> {
    const host = new TestHost(mkdtempSync(join(tmpdir(), 'qv-host-')), change, wrap);
    await host.start();
    return host;
  }

  /** Also the start after a stop: the world and what is on disk are what they were. */
  async start(): Promise<void> {
    this.store = await Store.open(this.paths);
    this.history = new History(this.paths);
    const domains = createTestDriver(
      'Domain',
      kinds,
      this.world,
      () => baselineCapabilities,
      (about, live) => {
        const { intent } = recall(this.store, about);
        return intent ? { ...live, intent } : live;
      },
    );
    this.drivers = {
      Domain: this.#wrap(domains),
      Volume: createTestDriver('Volume', kinds, this.world, () => ({ defaultDirectory: '/volumes' })),
    };
    this.controller = new Controller({
      kinds,
      drivers: this.drivers,
      store: this.store,
      history: this.history,
      approvals: new Approvals(this.paths),
      clock: this.clock,
      log: silentLogger,
      events: this.events,
      workers: 4,
      prune: true,
      maxUnavailable: 1_000,
      random: () => 0,
      release: 'test',
      revisionOf,
      ...this.#change,
    });
    await this.controller.open(new AbortController().signal);
  }

  /** What the api works on. */
  get host(): Host {
    const { controller, store, history, drivers, events, clock } = this;
    return {
      kinds,
      controller,
      store,
      history,
      drivers,
      events,
      clock,
      bootId: 'boot-1',
      load: async (path, given = '') => ({ origin: path, state: await stateOf({ 'a.yaml': given }) }),
    };
  }

  /** Declares these specs and nothing else, and waits until all of it was looked at and rests. */
  async declare(...specs: readonly string[]): Promise<DesiredState> {
    const state = await stateOf({ 'all.yaml': specs.join('---\n') });
    this.controller.setDesired(this.origin, state);
    await this.rest();
    return state;
  }

  /** Nothing is worked on, but what waits for time to pass. */
  rest(): Promise<void> {
    return this.controller.whenIdle();
  }

  /** Lets time pass, and what it wakes come to rest. */
  async after(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.rest();
  }

  entry(name: string, kind: Kind = 'Domain'): Readonly<Entry> {
    const entry = this.controller.entry(`${kind}/${name}`);
    if (!entry) throw new Error(`there is no ${kind}/${name}`);
    return entry;
  }

  live(name: string): LiveDomain | undefined {
    return this.world.live.get(text(name))?.live as LiveDomain | undefined;
  }

  /** What was done to it so far, in order. */
  done(name: string, kind: Kind = 'Domain'): string[] {
    return this.world.actions
      .filter((row) => row.key.kind === kind && row.key.name === name)
      .map(({ action }) => action.type);
  }

  condition(name: string, type: string, kind: Kind = 'Domain'): string | undefined {
    const found = this.entry(name, kind).conditions.find((condition) => condition.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  async dispose(): Promise<void> {
    await this.controller.close();
    rmSync(join(this.paths.stateDir, '..'), { recursive: true, force: true });
  }
}

export function stateOf(files: Readonly<Record<string, string>>): Promise<DesiredState> {
  const rows = Object.entries(files).map(([path, content]) => ({ path, text: content }));
  return new MemorySource('/specs', rows, kinds).read();
}

/** YAML of a domain; `spec` is indented by two. */
export function spec(name: string, more = '', metadata = ''): string {
  return `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}${metadata}}\nspec:\n  memory: 64MiB\n${more}`;
}

export function volumeSpec(name: string): string {
  return `apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: ${name}}\nspec: {capacity: 1MiB}\n`;
}
