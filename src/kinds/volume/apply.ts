import type { ResourceKey } from '../../model/resource.ts';
import type { LiveVolume, VolumeAction, VolumeDef } from '../../model/volume.ts';

/** The pure model of success. */
export function applyVolume(
  live: LiveVolume | undefined,
  action: VolumeAction,
  key: ResourceKey<'Volume'>,
): LiveVolume | undefined {
  switch (action.type) {
    case 'define':
      return {
        ...(live ?? { name: key.name, path: action.def.spec.path ?? '', exists: false }),
        defined: action.def,
      };
    case 'create':
      return live?.exists ? live : { ...(live ?? { name: key.name }), ...contents(action.def), exists: true };
    case 'grow':
      return live ? { ...live, capacity: Math.max(live.capacity ?? 0, action.capacity) } : live;
    case 'delete':
      return live
        ? {
            name: live.name,
            path: live.path,
            exists: false,
            ...(live.defined ? { defined: live.defined } : {}),
          }
        : live;
    case 'undefine':
      return undefined;
  }
}

function contents({ spec }: VolumeDef): Pick<LiveVolume, 'path' | 'format' | 'capacity' | 'backingFile'> {
  return {
    path: spec.path ?? '',
    capacity: spec.capacity,
    ...(spec.format ? { format: spec.format } : {}),
    ...(spec.backingFile ? { backingFile: spec.backingFile } : {}),
  };
}
