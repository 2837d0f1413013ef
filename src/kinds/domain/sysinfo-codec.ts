import type { FwcfgEntry, Sysinfo } from '../../model/domain.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { list, values } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';
import { object } from '../shape/object.ts';
import { show } from '../shape/scalar.ts';
import { stringMap } from '../shape/string-map.ts';
import { path as absolutePath, text } from '../shape/text.ts';
import type { XmlCursor } from '../shape/xml-cursor.ts';

const element = xmlName('sysinfo');

function entries(at: string, about: string, names: string): Field<Readonly<Record<string, string>>> {
  const map = stringMap(at, about, {
    nameAt: 'name',
    valueAt: '.',
    names: names.split(' '),
    maxLength: 1024,
  });
  // As for libvirt, an entry that is empty is none.
  const isSaid = ([, value]: [string, string]): boolean => value !== '';
  return {
    ...map,
    fromXml: (cursor, path) => {
      const said = Object.entries(map.fromXml(cursor, path) ?? {}).filter(isSaid);
      return said.length === 0 ? undefined : Object.fromEntries(said);
    },
  };
}

const smbios = elementCodec<Sysinfo>(
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
  { fixed: { '@type': 'smbios' } },
);

const fwcfgEntries = list(
  'entry',
  elementCodec<FwcfgEntry>('sysinfo/entry', {
    name: required(text('@name', 'Name of the file; those of users start with opt/.', { maxLength: 55 })),
    value: text('.', 'Its content.', { multiline: true }),
    file: absolutePath('@file', 'A file of the host that holds its content.'),
  }),
  "Files of QEMU's firmware configuration device, for firmware and guest.",
);

/** libvirt has one `<sysinfo>` for each type. A second one of a type, or one of no type, is a mistake. */
function ofType(cursor: XmlCursor, type: string, path: string): XmlCursor | undefined {
  const found = cursor.children(element).filter((child) => child.attribute('type')?.value === type);
  for (const second of found.slice(1)) {
    const place = `${path}/second`;
    second.ignore();
    cursor.decoding.positions.set(place, second.element.position);
    cursor.decoding.report('xml-duplicate-element', place, `a second <sysinfo type=${show(type)}>`);
  }
  return found[0];
}

const plain = object('sysinfo', smbios, 'What the guest reads from SMBIOS.');

/** `<sysinfo type='smbios'>`: what the guest reads from SMBIOS when os.smbios is sysinfo. */
export const sysinfoField: Field<Sysinfo> = {
  ...plain,
  fromXml: (cursor, path) => {
    for (const child of cursor.children(element)) {
      const type = child.attribute('type')?.value;
      if (type === 'smbios' || type === 'fwcfg') continue;
      child.ignore();
      cursor.decoding.positions.set(path, child.element.position);
      cursor.decoding.report('invalid-value', path, `type must be smbios or fwcfg, not ${show(type)}`);
    }
    const child = ofType(cursor, 'smbios', path);
    return child && smbios.fromXml(child, path);
  },
  toXml: (value, builder) => smbios.toXml(value, builder.append(element)),
};

/** `<sysinfo type='fwcfg'>`. */
export const fwcfgField: Field<readonly FwcfgEntry[]> = {
  ...fwcfgEntries,
  at: 'sysinfo/entry',
  fromXml: (cursor, path) => {
    const child = ofType(cursor, 'fwcfg', path);
    return child && fwcfgEntries.fromXml(child, path);
  },
  toXml: (value, builder) => {
    const holder = builder.append(element);
    holder.attribute('type', 'fwcfg');
    fwcfgEntries.toXml(value, holder);
  },
};
