import type { DomainDef } from '../../model/domain.ts';
import type { Reference } from '../contract.ts';

/** The volumes that the disks of a domain stand on. */
export function domainReferences(def: DomainDef): readonly Reference[] {
  const references: Reference[] = [];
  def.spec.devices?.disks?.forEach((disk, index) => {
    if (disk.volume === undefined) return;
    references.push({
      key: { kind: 'Volume', name: disk.volume },
      path: `spec.devices.disks[${index}].volume`,
    });
  });
  return references;
}
