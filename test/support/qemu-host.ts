import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverTable } from '../../src/drivers/contract.ts';
import { openDrivers } from '../../src/drivers/table.ts';
import { systemClock } from '../../src/host/clock.ts';
import type { HostPaths } from '../../src/host/paths.ts';
import { kinds } from '../../src/kinds/table.ts';
import { revisionOf } from '../../src/manifest/canonical.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import type { Impact } from '../../src/model/plan.ts';
import { Controller } from '../../src/reconcile/controller.ts';
import { Approvals } from '../../src/state/approvals.ts';
import { History } from '../../src/state/history.ts';
import { Store } from '../../src/state/store.ts';
import { EventLog } from '../../src/telemetry/event-log.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { until } from './sandbox.ts';
import { key, stateOf } from './test-host.ts';

const signal = new AbortController().signal;

/** The real controller on real QEMU in this process: a start costs what QEMU needs, a change what its commands need. */
export class QemuHost {
  readonly root = mkdtempSync(join(tmpdir(), 'qv-qemu-'));
  readonly runDir = join(this.root, 'r');
  readonly events = new EventLog();
  maxDisruption: Impact | undefined;
  #controller!: Controller;
  #drivers!: DriverTable;
  #history!: History;
  readonly #pids = new Set<number>();

  static async open(): Promise<QemuHost> {
    const host = new QemuHost();
    const paths: HostPaths = {
      stateDir: join(host.root, 's'),
      runDir: host.runDir,
      logDir: join(host.root, 'l'),
    };
    for (const path of Object.values(paths)) mkdirSync(path);
    const store = await Store.open(paths);
    const common = { kinds, clock: systemClock, log: silentLogger, events: host.events, store };
    const drivers = openDrivers('qemu:///system', { ...common, paths, resident: true });
    host.#drivers = drivers;
    host.#history = new History(paths);
    host.#controller = new Controller({
      ...common,
      history: host.#history,
      approvals: new Approvals(paths),
      drivers,
      workers: 2,
      prune: true,
      maxUnavailable: 1,
      random: () => 0,
      release: 'test',
      revisionOf,
      get maxDisruption() {
        return host.maxDisruption as Impact;
      },
    });
    await host.#controller.open(signal);
    return host;
  }

  /** Declares this spec, waits until nothing is left that can be done now, and gives its status. */
  async declare(name: string, text: string) {
    const state = await stateOf({ 'all.yaml': text });
    this.#controller.setDesired('/specs', state);
    await this.#controller.whenIdle();
    const status = this.#controller.statusOf(key(name));
    if (status?.pid !== undefined) this.#pids.add(status.pid);
    return { status, refused: state.problems.size > 0 };
  }

  /** What its spec asks for, completed. */
  desired(name: string) {
    return this.#controller.entry(`Domain/${name}`)?.completed?.def;
  }

  async observe(name: string): Promise<LiveDomain | undefined> {
    return (await this.#drivers.Domain.observe(key(name), signal)) as LiveDomain | undefined;
  }

  async pause(name: string): Promise<void> {
    const { bootId = '' } = (await this.observe(name)) ?? {};
    const at = systemClock.now().toISOString();
    await this.#controller.orders.setIntent(key(name), { want: 'paused', by: 'a test', at, bootId });
    await this.#controller.orders.act(key(name), { type: 'pause' }, signal, 'a test');
    await this.#controller.whenIdle();
  }

  async dispose(): Promise<void> {
    for (const { name } of await this.#drivers.Domain.list())
      await this.#drivers.Domain.perform(key(name), { type: 'destroy' }, signal);
    await this.#controller.close();
    await this.#history.close();
    await until(() => [...this.#pids].every((pid) => !lives(pid)), 'every QEMU is gone');
    rmSync(this.root, { recursive: true, force: true });
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
