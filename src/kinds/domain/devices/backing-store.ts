import type { BackingStore } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { type ElementCodec, elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { object } from '../../shape/object.ts';
import { onOff } from '../../shape/on-off.ts';
import { path } from '../../shape/text.ts';

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

export const backingStoreCodec: ElementCodec<BackingStore> = elementCodec<BackingStore>(
  'backingStore',
  {
    type: choice('@type', ['file', 'block'], 'What holds the image. Default: from file or block.', {
      later: ['dir', 'network', 'volume', 'nvme', 'vhostuser', 'vdpa'],
    }),
    file: path('source@file', 'Path of the image.'),
    block: path('source@dev', 'Path of the host block device.'),
    format: choice('format@type', ['raw', 'qcow2'], 'Format of the image.', { later: laterFormats() }),
    backingStore: below,
    terminal,
  },
  {
    definition: 'BackingStore',
    order: 'format source backingStore',
    later: '@index source@index source/seclabel source/encryption source/slices',
    normalize: (store) => {
      if (store.terminal === true) return { terminal: true };
      const type = store.type ?? (store.block === undefined ? 'file' : 'block');
      return { ...store, type };
    },
    abbreviate: ({ type, ...store }) => {
      const implied = store.block === undefined ? 'file' : 'block';
      return store.terminal === true || type === undefined || type === implied ? store : { type, ...store };
    },
  },
);

/** libvirt's other image formats. */
export function laterFormats(): readonly string[] {
  return [
    'bochs',
    'cloop',
    'cow',
    'dir',
    'dmg',
    'fat',
    'iso',
    'luks',
    'qcow',
    'qed',
    'vdi',
    'vhd',
    'vhdx',
    'vmdk',
    'vpc',
  ];
}
