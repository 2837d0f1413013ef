import type { VolumeDef } from '../../model/volume.ts';
import type { Isolated, Isolation } from '../contract.ts';

/** A volume of its own: over the image that is there, which is only read; or as the spec would make it anew. */
export function isolateVolume({ metadata, spec }: VolumeDef, isolation: Isolation): Isolated<'Volume'> {
  const { path: _path, backingFile, capacity } = spec;
  const below = isolation.imageOf(metadata.name) ?? backingFile;
  return {
    def: {
      kind: 'Volume',
      metadata: { ...metadata, ...isolation.metadata(metadata) },
      spec: {
        capacity,
        format: 'qcow2',
        reclaimPolicy: 'Delete',
        ...(below ? { backingFile: below } : {}),
      },
    },
    notes: [],
  };
}
