import type { VolumeCapabilities, VolumeDef } from '../../model/volume.ts';
import type { KindRules } from '../contract.ts';
import { documentSchema } from '../shape/document-codec.ts';
import { applyVolume } from './apply.ts';
import { volumeCodec, volumeMetadataCodec, volumeSpecCodec } from './codec.ts';
import { volumeDrift, volumeImpact } from './drift.ts';
import { isolateVolume } from './isolate.ts';
import { planVolume } from './plan.ts';
import { volumeTouches } from './touches.ts';
import { validateVolume } from './validate.ts';

/** A disk image: made before the domains that name it, grown when its capacity grows, kept when its spec goes. */
export const volumeRules: KindRules<'Volume'> = {
  kind: 'Volume',
  schema: documentSchema('Volume', { metadata: volumeMetadataCodec, spec: volumeSpecCodec }),
  codec: volumeCodec,
  order: 10,
  complete: completeVolume,
  validate: validateVolume,
  references: () => [],
  touches: volumeTouches,
  drift: volumeDrift,
  plan: planVolume,
  impact: volumeImpact,
  apply: applyVolume,
  isolate: isolateVolume,
  summary: (live) => ({ state: live?.confusion ? 'unknown' : live?.exists ? 'available' : 'missing' }),
};

function completeVolume(
  def: VolumeDef,
  previous: VolumeDef | undefined,
  capabilities: VolumeCapabilities,
): VolumeDef {
  const format = def.spec.format ?? 'raw';
  const path =
    def.spec.path ?? previous?.spec.path ?? `${capabilities.defaultDirectory}/${def.metadata.name}.${format}`;
  return { ...def, spec: { reclaimPolicy: 'Retain', ...def.spec, format, path } };
}
