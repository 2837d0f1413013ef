import type { DomainDef } from '../../model/domain.ts';
import type { Reference } from '../contract.ts';

/** What a domain says that it depends on, and the volumes that its disks stand on. */
export function domainReferences(def: DomainDef): readonly Reference[] {
  const references: Reference[] = (def.spec.dependsOn ?? []).map(({ kind, name, ready }, index) => ({
    key: { kind, name },
    path: `spec.dependsOn[${index}].name`,
    ...(ready ? { ready } : {}),
  }));
  def.spec.devices?.disks?.forEach((disk, index) => {
    if (disk.volume === undefined) return;
    references.push({
      key: { kind: 'Volume', name: disk.volume },
      path: `spec.devices.disks[${index}].volume`,
    });
  });
  return references;
}
