import type { DomainDef, DomainSpec } from '../../src/model/domain.ts';
import type { LiveDomain, ShutdownReason, StopRecord } from '../../src/model/domain-live.ts';
import type { Metadata } from '../../src/model/resource.ts';

export const boot = 'boot-2';

export function domain(
  name: string,
  spec: Partial<DomainSpec> = {},
  metadata: Partial<Metadata> = {},
): DomainDef {
  return {
    kind: 'Domain',
    metadata: { name, ...metadata },
    spec: { memory: 64, uuid: `uuid-${name}`, ...spec },
  };
}

export function stop(reason: ShutdownReason, change: Partial<StopRecord> = {}): StopRecord {
  return {
    reason,
    byUs: reason === 'host-qmp-quit',
    at: '2030-01-01T00:00:00.000Z',
    bootId: boot,
    ...change,
  };
}

/** Defined, and shut off unless the change says otherwise. */
export function live(def: DomainDef, change: Partial<LiveDomain> = {}): LiveDomain {
  return {
    name: def.metadata.name,
    uuid: def.spec.uuid ?? '',
    state: 'shutoff',
    starts: 1,
    bootId: boot,
    defined: def,
    ...change,
  };
}

export function running(def: DomainDef, change: Partial<LiveDomain> = {}): LiveDomain {
  return live(def, { state: 'running', runState: 'running', running: def, pid: 7, ...change });
}
