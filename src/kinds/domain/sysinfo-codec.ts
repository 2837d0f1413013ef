import type { Sysinfo } from '../../model/domain.ts';
import { elementCodec } from '../shape/element-codec.ts';
import type { Field } from '../shape/field.ts';
import { values } from '../shape/list.ts';
import { stringMap } from '../shape/string-map.ts';
import { text } from '../shape/text.ts';

function entries(at: string, about: string, names: string): Field<Readonly<Record<string, string>>> {
  return stringMap(at, about, { nameAt: 'name', valueAt: '.', names: names.split(' '), maxLength: 1024 });
}

/** `<sysinfo type='smbios'>`: what the guest reads from SMBIOS when os.smbios is sysinfo. */
export const sysinfoCodec = elementCodec<Sysinfo>(
  'sysinfo',
  {
    bios: entries('bios/entry', 'Block 0.', 'vendor version date release'),
    system: entries('system/entry', 'Block 1.', 'manufacturer product version serial uuid sku family'),
    baseBoards: values(
      'baseBoard',
      entries('entry', 'One board.', 'manufacturer product version serial asset location'),
      'Block 2, one item per board.',
    ),
    chassis: entries('chassis/entry', 'Block 3.', 'manufacturer version serial asset sku'),
    oemStrings: values('oemStrings/entry', text('.', 'One string.', { maxLength: 1024 }), 'Block 11.'),
  },
  { fixed: { '@type': 'smbios' }, later: 'entry' },
);
