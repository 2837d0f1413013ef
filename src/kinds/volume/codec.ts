import type { VolumeSpec } from '../../model/volume.ts';
import type { Codec } from '../contract.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { documentCodec } from '../shape/document-codec.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { metadataCodec } from '../shape/metadata-codec.ts';
import { object } from '../shape/object.ts';
import { path } from '../shape/text.ts';

const formats = ['raw', 'qcow2'] as const;

const backingFile = elementCodec<NonNullable<VolumeSpec['backingFile']>>('volume/backingStore', {
  path: required(path('path', 'Image that unwritten parts are read from; never written.')),
  format: required(choice('format@type', formats, 'Its format. Never probed.')),
});

export const volumeSpecCodec = elementCodec<VolumeSpec>(
  'volume',
  {
    path: path(
      'target/path',
      'File of the volume. Default: `volumes/<name>.<format>` in the state directory.',
    ),
    format: choice('target/format@type', formats, 'Format of the image. Default: raw.'),
    capacity: required(
      bytes('capacity', 'Size that the guest sees. May grow, also while its machine runs; never shrinks.', {
        unit: 'bytes',
        minimum: 1,
      }),
    ),
    backingFile: object('backingStore', backingFile, 'A read-only image below this one; qcow2 only.'),
    reclaimPolicy: choice(
      'q:volume@reclaimPolicy',
      ['Retain', 'Delete'],
      'What becomes of the file when nothing declares the volume any more. Default: Retain.',
    ),
  },
  {
    inline: true,
    later:
      '@type key source allocation physical target/permissions target/timestamps target/compat target/features target/label target/nocow target/clusterSize target/encryption',
  },
);

export const volumeMetadataCodec = metadataCodec('volume', 'q:volume');

/** A volume: YAML and libvirt's `<volume>`, both ways. */
export const volumeCodec: Codec<'Volume'> = documentCodec<'Volume'>({
  kind: 'Volume',
  xmlRoot: 'volume',
  metadata: volumeMetadataCodec,
  spec: volumeSpecCodec,
  assemble: (metadata, spec) => ({ kind: 'Volume', metadata, spec }),
  order: 'name capacity target backingStore q:volume',
});
