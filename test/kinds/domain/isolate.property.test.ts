import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Isolation } from '../../../src/kinds/contract.ts';
import { isolateDomain, NotIsolated } from '../../../src/kinds/domain/isolate.ts';
import { kinds } from '../../../src/kinds/table.ts';
import { touchesOf } from '../../../src/kinds/touches.ts';
import type { DomainDef } from '../../../src/model/domain.ts';
import { arbitraryDomain } from '../../support/arbitrary-domain.ts';

const isolation: Isolation = {
  network: 'user',
  nameOf: ({ kind, name }) => (kind === 'Volume' && name.length % 2 === 0 ? `${name}-p` : undefined),
  metadata: ({ name }) => ({ name: `${name}-p` }),
  imageOf: () => undefined,
};
const apart =
  /^(bridge|network|host-interface|pci-device|usb-device|mdev|scsi-device|share|socket|log|nvram|connect|qemu-argument|unlisted)$/;

function isolated(def: DomainDef): DomainDef | undefined {
  try {
    return isolateDomain(def, isolation).def;
  } catch (error) {
    // What cannot stand apart is refused by name, and nothing is started.
    expect(error).toBeInstanceOf(NotIsolated);
    return undefined;
  }
}

test('a preview shares nothing with its original but what is only read', () => {
  let seen = 0;
  fc.assert(
    fc.property(arbitraryDomain(), (def) => {
      const own = isolated(def);
      if (!own) return;
      seen++;
      const { uuid, devices = {} } = own.spec;
      expect(own.metadata.name).toBe(`${def.metadata.name}-p`);
      expect(uuid).toBeUndefined();
      for (const { type, mac } of devices.interfaces ?? []) expect([type, mac]).toEqual(['user', undefined]);
      for (const disk of devices.disks ?? []) {
        const isOwn = disk.volume?.endsWith('-p') === true;
        expect(isOwn || disk.transient === true || disk.readonly === true || disk.device === 'cdrom').toBe(
          true,
        );
      }
      for (const { reach, path } of touchesOf(own, kinds.Domain.touches))
        expect(reach, path).not.toMatch(apart);
    }),
    { numRuns: 120 },
  );
  expect(seen).toBeGreaterThan(20);
});
