import type { Rom } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { object } from '../../shape/object.ts';
import { onOff, yesNo } from '../../shape/on-off.ts';
import { path } from '../../shape/text.ts';

const rom = elementCodec<Rom>('rom', {
  enabled: yesNo('@enabled', 'False: no boot ROM at all. Default: true.'),
  bar: onOff('@bar', 'The guest sees the boot ROM. Default: true.'),
  file: path('@file', 'Boot ROM. Default: as QEMU.'),
});

export const romField: Field<Rom> = object('rom', rom, 'The boot ROM.');
