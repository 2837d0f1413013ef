import type { Nvram } from '../../model/domain.ts';
import type { NetworkStorage } from '../../model/domain-devices.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import type { Field } from '../shape/field.ts';
import { xmlName } from '../shape/location.ts';
import { loosePath } from '../shape/text.ts';
import type { XmlCursor } from '../shape/xml-cursor.ts';
import { networkStorage } from './devices/network-storage.ts';
import { sourceLabelsField } from './devices/source-labels.ts';

const formats = ['raw', 'qcow2'] as const;

const plainPath = loosePath('.', 'File of the firmware variables. Default: in the state directory.');
const sources = [loosePath('source@file', ''), loosePath('source@dev', '')];

/** libvirt has a second form for it: `<nvram type='file'><source file='…'/></nvram>`. */
const path: Field<string> = {
  ...plainPath,
  fromXml: (cursor, at) => {
    if (isNetwork(cursor)) return undefined;
    for (const source of sources) {
      const found = source.fromXml(cursor, at);
      if (found !== undefined) return found;
    }
    return plainPath.fromXml(cursor, at);
  },
  toXml: (value, builder) => {
    const type = builder.valueOf('type');
    if (type === undefined) plainPath.toXml(value, builder);
    else sources[type === 'block' ? 1 : 0]?.toXml(value, builder);
  },
};

const anyNetwork = networkStorage((inSource) => inSource);
const network: Field<NetworkStorage> = {
  ...anyNetwork,
  about: 'Variables that QEMU keeps on a server.',
  fromXml: (cursor, at) =>
    isNetwork(cursor) && cursor.child(xmlName('source')) !== undefined
      ? anyNetwork.fromXml(cursor, at)
      : undefined,
};

function isNetwork(cursor: XmlCursor): boolean {
  return cursor.attribute('type')?.value === 'network';
}

/** `<nvram>`: where firmware keeps what it was told. */
export const nvramCodec = elementCodec<Nvram>(
  'os/nvram',
  {
    type: choice('@type', ['file', 'block', 'network'], 'What the path is, or network. Default: file.'),
    path,
    network,
    template: loosePath('@template', 'What the file is made from at first. Default: of the firmware.'),
    templateFormat: choice('@templateFormat', formats, 'How the template is stored. Default: as format.'),
    format: choice('@format', formats, 'How the variables are stored. Default: raw.'),
    labels: sourceLabelsField('source'),
  },
  {
    order: '@template @templateFormat @type @format',
    reads: readSource,
    normalize: (nvram) => {
      const type = nvram.type ?? impliedType(nvram);
      return type === undefined ? nvram : { ...nvram, type };
    },
    abbreviate: ({ type, ...nvram }) =>
      type === undefined || type === impliedType(nvram) ? nvram : { ...nvram, type },
  },
);

/** Only the second form has a server or labels. */
function impliedType({ network: server, labels }: Nvram): Nvram['type'] {
  if (server !== undefined) return 'network';
  return labels === undefined ? undefined : 'file';
}

/** `type=` is of the second form only; what libvirt takes there of a disk and drops says nothing. */
function readSource(cursor: XmlCursor, place: string): void {
  if (cursor.attribute('type') === undefined) return;
  const source = cursor.child(xmlName('source'));
  if (source === undefined)
    cursor.decoding.report('missing-field', place, '<nvram type=…> has no <source>', 'add it');
  source?.attribute('startupPolicy');
}
