import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, DriverTable } from '../../src/drivers/contract.ts';
import { openDrivers } from '../../src/drivers/table.ts';
import { systemClock } from '../../src/host/clock.ts';
import type { HostPaths } from '../../src/host/paths.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import type { DomainDef, DomainSpec } from '../../src/model/domain.ts';
import { renamed } from '../../src/model/renamed.ts';
import { Store } from '../../src/state/store.ts';
import { EventLog } from '../../src/telemetry/event-log.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { domainDriverContract, type Subject } from '../contract/domain-driver.ts';
import { tinyGuest } from '../support/guest.ts';
import { until } from '../support/sandbox.ts';

const signal = new AbortController().signal;

async function open(): Promise<Subject> {
  const root = mkdtempSync(join(tmpdir(), 'qv-contract-'));
  const paths: HostPaths = { stateDir: join(root, 's'), runDir: join(root, 'r'), logDir: join(root, 'l') };
  for (const path of Object.values(paths)) mkdirSync(path);
  let store: Store;
  let drivers: DriverTable;
  const life = async () => {
    store = await Store.open(paths);
    const events = new EventLog();
    drivers = openDrivers('qemu:///system', {
      paths,
      store,
      kinds,
      clock: systemClock,
      log: silentLogger,
      events,
      resident: true,
    });
    await drivers.Domain.open(signal);
  };
  await life();
  const pidOf = async (name: string) => (await drivers.Domain.observe({ kind: 'Domain', name }, signal))?.pid;
  const pids = new Map<string, number>();
  const spoilt = new Set<string>();
  return {
    get driver(): Driver<'Domain'> {
      const { Domain } = drivers;
      return {
        name: Domain.name,
        kind: Domain.kind,
        open: (aborted) => Domain.open(aborted),
        list: () => Domain.list(),
        observe: (key, aborted) => Domain.observe(key, aborted),
        capabilities: (def) => Domain.capabilities(def),
        events: (listener) => Domain.events(listener),
        close: () => Domain.close(),
        rename: async (from, to) => Domain.rename?.(from, to),
        async perform(key, action, aborted) {
          const spoil = action.type === 'start' && spoilt.has(key.name);
          await Domain.perform(key, spoil ? { ...action, def: withoutDisk(action.def) } : action, aborted);
          const pid = await pidOf(key.name);
          if (pid !== undefined) pids.set(key.name, pid);
        },
      };
    },
    async define(def) {
      const key = { kind: 'Domain', name: def.metadata.name } as const;
      await store.update(key, (record) => ({
        ...record,
        key,
        def,
        origin: { source: '/specs' },
        generation: (record?.generation ?? 0) + 1,
      }));
      await drivers.Domain.perform(key, { type: 'define', def }, signal);
    },
    async undefine(key) {
      await drivers.Domain.perform(key, { type: 'undefine' }, signal);
      await store.delete(key);
    },
    async rename(from, to) {
      const record = store.get(from);
      if (record) await store.put({ ...record, key: to, def: renamed(record.def, to) });
      await drivers.Domain.rename?.(from, to);
      await store.delete(from);
    },
    domain: (name, spec) => machine(name, spec),
    spoil: (def) => {
      spoilt.add(def.metadata.name);
    },
    async kill(key) {
      const pid = pids.get(key.name);
      if (pid === undefined) throw new Error(`${key.name} does not run`);
      process.kill(pid, 'SIGKILL');
    },
    async reopen() {
      await drivers.Domain.close();
      await life();
    },
    async dispose() {
      for (const { name } of await drivers.Domain.list())
        await drivers.Domain.perform({ kind: 'Domain', name }, { type: 'destroy' }, signal);
      await drivers.Domain.close();
      await until(() => [...pids.values()].every((pid) => !lives(pid)), 'every QEMU is gone');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Completed by the kind's own rules, as the loop does. */
function machine(name: string, spec: Partial<DomainSpec> = {}): DomainDef {
  const { declared, diagnostics } = decodeFile({ path: 'a.yaml', text: tinyGuest(name) }, kinds);
  const def = declared[0]?.def;
  if (def?.kind !== 'Domain') throw new Error(JSON.stringify(diagnostics));
  const wanted = { ...def, spec: { ...def.spec, ...spec } };
  return kinds.Domain.complete(wanted, undefined, baselineCapabilities);
}

/** Its disk is not there. */
function withoutDisk(def: DomainDef): DomainDef {
  const disks = def.spec.devices?.disks?.map((disk) => ({ ...disk, file: '/nowhere.raw' })) ?? [];
  return { ...def, spec: { ...def.spec, devices: { ...def.spec.devices, disks } } };
}

domainDriverContract('qemu', open);
