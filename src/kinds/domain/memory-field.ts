import { bytes } from '../shape/bytes.ts';
import { elementCodec } from '../shape/element-codec.ts';
import type { Field } from '../shape/field.ts';
import { list } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';

const plain = bytes('memory', 'Memory that the guest boots with, memory devices included.', { minimum: 1 });
const cells = list(
  'cpu/numa/cell',
  elementCodec<{ readonly memory?: number }>(
    'cpu/numa/cell',
    { memory: bytes('@memory', '') },
    { inline: true },
  ),
  '',
);

/** `<memory>`; libvirt takes the sum of the NUMA cells where it is not written. */
export const memoryField: Field<number> = {
  ...plain,
  fromXml: (cursor, path) => {
    if (cursor.child(xmlName('memory')) !== undefined) return plain.fromXml(cursor, path);
    const sizes = cells.fromXml(cursor, path) ?? [];
    const sum = sizes.reduce((total, { memory = 0 }) => total + memory, 0);
    return sum === 0 ? undefined : sum;
  },
};
