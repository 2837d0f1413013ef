import fc from 'fast-check';
import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../../src/kinds/domain/complete.ts';
import { validateCompleted } from '../../../../src/kinds/domain/validate.ts';
import type { DomainDef } from '../../../../src/model/domain.ts';
import type { Device, DomainDevices } from '../../../../src/model/domain-devices.ts';
import { arbitraryDomain, plainDomain } from '../../../support/arbitrary-domain.ts';

const complete = (def: DomainDef, previous?: DomainDef) =>
  completeDomain(def, previous, baselineCapabilities);
const lists = ['disks', 'interfaces', 'serials', 'channels', 'rngs', 'inputs', 'sounds'] as const;

/** The same definition with every device named: names are what tells devices apart for certain. */
function named(def: DomainDef): DomainDef {
  const devices: Record<string, unknown> = { ...def.spec.devices };
  for (const list of lists) {
    const items = def.spec.devices?.[list] as readonly Device[] | undefined;
    if (items !== undefined)
      devices[list] = items.map((item, index) => ({ ...item, name: `${list}-${index}` }));
  }
  return withDevices(def, devices as DomainDevices);
}

function withDevices(def: DomainDef, devices: DomainDevices): DomainDef {
  return { ...def, spec: { ...def.spec, devices } };
}

/** What a guest sees of each device, by name. */
function assigned(def: DomainDef): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const list of lists)
    for (const device of (def.spec.devices?.[list] ?? []) as readonly (Device & {
      mac?: string;
      dev?: string;
    })[])
      if (device.name !== undefined)
        found.set(device.name, {
          alias: device.alias,
          address: device.address,
          mac: device.mac,
          dev: device.dev,
        });
  return found;
}

test('completing a completed domain changes nothing', () => {
  fc.assert(
    fc.property(plainDomain(), (def) => {
      const once = complete(def);
      expect(complete(once)).toEqual(once);
    }),
    { numRuns: 100 },
  );
});

test('completing again with what was assigned before gives the same domain', () => {
  fc.assert(
    fc.property(plainDomain(), (def) => {
      const once = complete(def);
      expect(complete(def, once)).toEqual(once);
    }),
    { numRuns: 100 },
  );
});

test('whatever stands in a definition, completion ends, does not throw and is idempotent', () => {
  fc.assert(
    fc.property(arbitraryDomain(), (def) => {
      const once = complete(def);
      expect(complete(once)).toEqual(once);
      expect(complete(def, once).spec.uuid).toBe(once.spec.uuid);
    }),
    { numRuns: 150 },
  );
});

test('the definition and what was before are left as they are', () => {
  fc.assert(
    fc.property(plainDomain(), (def) => {
      const written = structuredClone(def);
      const before = complete(def);
      const kept = structuredClone(before);
      complete(def, before);
      expect(def).toEqual(written);
      expect(before).toEqual(kept);
    }),
    { numRuns: 50 },
  );
});

test('a plain domain finds a place for every device', () => {
  fc.assert(
    fc.property(plainDomain(), (def) => {
      const errors = validateCompleted(complete(def)).filter((problem) => problem.severity !== 'warning');
      expect(errors).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('reordering devices changes no address, alias, MAC or target', () => {
  fc.assert(
    fc.property(plainDomain(), fc.constantFrom(...lists), (plain, list) => {
      const def = named(plain);
      const before = complete(def);
      const reversed = [...((def.spec.devices?.[list] ?? []) as readonly Device[])].reverse();
      const after = complete(withDevices(def, { ...def.spec.devices, [list]: reversed }), before);
      expect(assigned(after)).toEqual(assigned(before));
    }),
    { numRuns: 100 },
  );
});

test('adding a device moves no other device', () => {
  const additions: DomainDevices[] = [
    { disks: [{ name: 'new', file: '/new.img', bus: 'virtio' }] },
    { disks: [{ name: 'new', file: '/new.img', bus: 'scsi' }] },
    { interfaces: [{ name: 'new', type: 'user', model: 'e1000' }] },
    { interfaces: [{ name: 'new', type: 'user', model: 'virtio' }] },
    { rngs: [{ name: 'new' }] },
    { sounds: [{ name: 'new', model: 'ich9' }] },
    { channels: [{ name: 'new', type: 'unix', targetName: 'org.example.new' }] },
  ];
  fc.assert(
    fc.property(plainDomain(), fc.constantFrom(...additions), fc.boolean(), (plain, addition, first) => {
      const def = named(plain);
      const before = complete(def);
      const devices: Record<string, unknown> = { ...def.spec.devices };
      for (const [list, items] of Object.entries(addition)) {
        const old = (devices[list] ?? []) as readonly unknown[];
        devices[list] = first ? [...items, ...old] : [...old, ...items];
      }
      const after = assigned(complete(withDevices(def, devices as DomainDevices), before));
      after.delete('new');
      expect(after).toEqual(assigned(before));
    }),
    { numRuns: 100 },
  );
});

test('removing a device moves no other device and keeps the PCI tree', () => {
  fc.assert(
    fc.property(plainDomain(), fc.constantFrom(...lists), (plain, list) => {
      const def = named(plain);
      const items = (def.spec.devices?.[list] ?? []) as readonly Device[];
      fc.pre(items.length > 0);
      const before = complete(def);
      const after = complete(withDevices(def, { ...def.spec.devices, [list]: items.slice(1) }), before);
      const expected = assigned(before);
      expected.delete(items[0]?.name ?? '');
      expect(assigned(after)).toEqual(expected);
      const bridges = (one: DomainDef) => one.spec.devices?.controllers?.filter(({ type }) => type === 'pci');
      expect(bridges(after)).toEqual(bridges(before));
    }),
    { numRuns: 100 },
  );
});
