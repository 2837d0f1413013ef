import type { BackingStore, DiskFormat } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { type ElementCodec, elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { onOff } from '../../shape/on-off.ts';
import { orNone } from '../../shape/or-none.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';
import { storageSourceShape, storageTypes, withoutImpliedType, withType } from './storage-source.ts';

/** `<backingStore/>` with nothing in it says: there is no backing file. */
const terminal: Field<boolean> = {
  ...onOff('.', 'True: the image has no backing file.'),
  fromYaml: (value, path, decoding) => {
    if (typeof value !== 'boolean') decoding.report('wrong-type', path, 'must be true or false');
    return value === true ? true : undefined;
  },
  fromXml: (cursor) =>
    cursor.element.attributes.length === 0 && cursor.element.children.every((child) => child.type === 'text')
      ? true
      : undefined,
  toXml: () => undefined,
};

// The chain holds itself, so its fields are looked up when they are used.
const below: Field<BackingStore> = object(
  'backingStore',
  {
    schema: (definitions) => backingStoreCodec.schema(definitions),
    fromYaml: (value, path, decoding) => backingStoreCodec.fromYaml(value, path, decoding),
    toYaml: (value) => backingStoreCodec.toYaml(value),
    fromXml: (cursor, path) => backingStoreCodec.fromXml(cursor, path),
    toXml: (value, builder) => backingStoreCodec.toXml(value, builder),
  },
  'The next image of the chain.',
);

const formats = [
  'raw',
  'qcow2',
  'qcow',
  'qed',
  'vmdk',
  'vdi',
  'vpc',
  'vhdx',
  'parallels',
  'bochs',
  'cloop',
  'dmg',
  'fat',
] as const satisfies readonly DiskFormat[];

/** The format of an image. libvirt has words of its own for some, and an old one for raw. */
export function formatField(at: string, about: string): Field<DiskFormat> {
  return choice(at, formats, about, {
    xmlWords: { vhdx: 'vhd', parallels: 'ploop' },
    xmlAlso: { aio: 'raw' },
  });
}

/** A format is never guessed from an image that a guest may have written. */
function refuseFormless({ decoding, element }: XmlCursor, path: string): void {
  decoding.positions.set(`${path}.format`, element.position);
  decoding.report(
    'missing-field',
    `${path}.format`,
    'the format of this image is missing',
    "add <format type='…'/>",
  );
}

export const backingStoreCodec: ElementCodec<BackingStore> = elementCodec<BackingStore>(
  'backingStore',
  {
    type: choice('@type', storageTypes, 'What holds the image. Default: from the source given.'),
    format: formatField('format@type', 'Format of the image.'),
    metadataCache: orNone(
      bytes('format/metadata_cache/max_size', 'qcow2: most memory for its tables.', { unit: 'bytes' }),
    ),
    ...storageSourceShape,
    backingStore: below,
    terminal,
  },
  {
    definition: 'BackingStore',
    order: 'format source backingStore',
    // What a running libvirt numbers its images with.
    reads: (cursor, path) => {
      cursor.attribute('index');
      const source = cursor.child(xmlName('source'));
      source?.attribute('index');
      if (source !== undefined && cursor.child(xmlName('format'))?.attribute('type') === undefined)
        refuseFormless(cursor, path);
    },
    later: 'source/dataStore',
    normalize: (store) => (store.terminal === true ? { terminal: true } : withType(store)),
    abbreviate: (store) => (store.terminal === true ? store : withoutImpliedType(store)),
  },
);
