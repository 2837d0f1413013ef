import type { Change, Impact } from '../../model/plan.ts';
import type { LiveVolume, VolumeDef } from '../../model/volume.ts';
import { diff } from '../diff.ts';

export function volumeImpact(path: string): Impact {
  if (path.startsWith('spec.format') || path.startsWith('spec.path') || path.startsWith('spec.backingFile'))
    return 'recreate';
  return path === 'spec.capacity' ? 'live' : 'none';
}

/** Definition against the stored one, and the file against the definition. Empty ⇔ converged. */
export function volumeDrift(desired: VolumeDef | undefined, live: LiveVolume | undefined): readonly Change[] {
  if (!desired && !live) return [];
  if (!desired) {
    const lossy = live?.exists && live.defined?.spec.reclaimPolicy === 'Delete';
    return [{ path: '', operation: 'remove', current: live?.path, impact: lossy ? 'dataloss' : 'none' }];
  }
  const changes: Change[] = [];
  if (!live?.defined)
    changes.push({ path: '', operation: 'add', desired: desired.metadata.name, impact: 'none' });
  else if (live.defined !== desired) {
    for (const change of diff(live.defined, desired))
      changes.push({ ...change, impact: volumeImpact(change.path) });
  }
  if (!live?.exists)
    changes.push({ path: 'exists', operation: 'replace', current: false, desired: true, impact: 'none' });
  else if (live.capacity !== undefined && !fits(live.capacity, desired.spec.capacity)) {
    const impact = live.capacity > desired.spec.capacity ? 'dataloss' : 'live';
    changes.push({
      path: 'capacity',
      operation: 'replace',
      current: live.capacity,
      desired: desired.spec.capacity,
      impact,
    });
  }
  return changes;
}

/** Images count in sectors: qemu-img rounds a capacity up to 512 bytes. */
function fits(present: number, wanted: number): boolean {
  return present >= wanted && present - wanted < 512;
}
