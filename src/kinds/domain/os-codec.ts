import type { Loader, Os } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { millis } from '../shape/duration.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list, values } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';
import { object } from '../shape/object.ts';
import { yesNo } from '../shape/on-off.ts';
import { loosePath, text } from '../shape/text.ts';
import type { XmlCursor } from '../shape/xml-cursor.ts';
import { nvramCodec } from './nvram-codec.ts';

const loaderReadonly = yesNo('@readonly', 'The guest cannot write it. Default: true for pflash.');

/** In XML a flash image that does not say so is not read-only. */
const readonly: Field<boolean> = {
  ...loaderReadonly,
  fromXml: (cursor, at) =>
    loaderReadonly.fromXml(cursor, at) ??
    (cursor.attribute('type')?.value === 'pflash' && cursor.text().trim() !== '' ? false : undefined),
};

const loader = elementCodec<Loader>(
  'os/loader',
  {
    path: loosePath('.', 'The firmware image. Default: chosen by `firmware`.'),
    readonly,
    secure: yesNo('@secure', 'Needs SMM: Secure Boot.'),
    type: choice('@type', ['rom', 'pflash'], 'How it is mapped.'),
    stateless: yesNo('@stateless', 'No NVRAM: firmware variables are forgotten.'),
    format: choice('@format', ['raw', 'qcow2'], 'pflash: how the image is stored. Default: raw.'),
  },
  {
    normalize: (value) =>
      value.type === 'pflash' && value.path !== undefined && value.readonly === undefined
        ? { ...value, readonly: true }
        : value,
    abbreviate: ({ readonly: written, ...value }) => {
      const implied = value.type === 'pflash' && value.path !== undefined;
      return written === undefined || (implied && written) ? value : { ...value, readonly: written };
    },
  },
);

const firmwareFeature = elementCodec<NonNullable<Os['firmwareFeatures']>[number]>(
  'os/firmware/feature',
  {
    name: required(choice('@name', ['secure-boot', 'enrolled-keys'], 'secure-boot or enrolled-keys.')),
    enabled: required(yesNo('@enabled', 'Whether the firmware must have it or must not.')),
  },
  { order: '@enabled @name' },
);

const bootMenu = elementCodec<NonNullable<Os['bootMenu']>>('os/bootmenu', {
  enable: required(yesNo('@enable', 'Show the boot menu.')),
  timeout: millis('@timeout', 'How long it waits.'),
});

const bios = elementCodec<NonNullable<Os['bios']>>('os/bios', {
  useserial: yesNo('@useserial', 'Output of the BIOS on the serial port.'),
  rebootTimeout: integer('@rebootTimeout', 'Milliseconds until another try to boot; -1: none.', {
    minimum: -1,
    maximum: 65_535,
  }),
});

const acpiTable = elementCodec<NonNullable<Os['acpiTable']>>('os/acpi/table', {
  type: required(choice('@type', ['slic'], 'Which table.')),
  path: required(loosePath('.', 'File that holds it.')),
});

/** A type that says nothing, and an image beside the wish for one. */
function refuseEmpty(cursor: XmlCursor, path: string): void {
  const refuse = (name: string, message: string): void =>
    cursor.decoding.report('missing-field', `${path}.${name}`, message, 'add it');
  if (cursor.child(xmlName('type'))?.text().trim() === '') refuse('type', '<type> is empty');
  if (cursor.child(xmlName('firmware')) !== undefined && cursor.attribute('firmware') === undefined)
    refuse('firmware', '<firmware> says what a firmware must have, and <os> asks for none by firmware=');
  refuseImage(cursor, path);
}

/**
 * A spec of ours keeps the image that was found beside the wish for one; libvirt's own XML names one of them. A newer
 * libvirt writes down what it has found as well, and its format.
 */
function refuseImage(cursor: XmlCursor, path: string): void {
  const firmware = cursor.attribute('firmware')?.value;
  const loader = cursor.child(xmlName('loader'));
  if (firmware === undefined || loader === undefined || loader.text().trim() === '') return;
  if (loader.attribute('format') !== undefined) return;
  const place = `${path}/loader`;
  cursor.decoding.positions.set(place, loader.element.position);
  cursor.decoding.report(
    'conflicting-options',
    place,
    `firmware='${firmware}' looks for an image by itself, and <loader> names one`,
    'leave one of them out',
  );
}

/** Of a feature that is named twice, the last word counts. */
function withSingleFeatures({ firmwareFeatures: features }: Os): Pick<Os, 'firmwareFeatures'> {
  if (features === undefined) return {};
  return {
    firmwareFeatures: features.filter(
      ({ name }, at) => features.findLastIndex((other) => other.name === name) === at,
    ),
  };
}

/** `<os>`: firmware, boot order, direct kernel boot. */
export const osCodec = elementCodec<Os>(
  'os',
  {
    type: choice('type', ['hvm'], 'Always hvm.', { later: ['xen', 'linux', 'xenpvh', 'exe', 'uml'] }),
    arch: choice('type@arch', ['x86_64', 'i686'], 'Architecture. Default: x86_64.', {
      later: ['aarch64', 'armv7l', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'loongarch64'],
    }),
    machine: text(
      'type@machine',
      'Machine type: q35, pc or a versioned one. Default: q35, its version pinned once.',
      {
        pattern: '^[A-Za-z0-9._-]{1,64}$',
        expected: 'a machine type like q35 or pc-q35-7.2',
      },
    ),
    firmware: choice(
      '@firmware',
      ['bios', 'efi'],
      'Firmware to choose by descriptor. Default: none; the machine has its own BIOS.',
    ),
    firmwareFeatures: list('firmware/feature', firmwareFeature, 'What the chosen firmware must have.'),
    loader: object('loader', loader, 'A certain firmware image.'),
    nvram: object('nvram', nvramCodec, 'Where the firmware keeps its variables.'),
    kernel: loosePath('kernel', 'Kernel for direct boot.'),
    initrd: loosePath('initrd', 'Initial RAM disk for direct boot.'),
    cmdline: text('cmdline', 'Command line of the kernel.', { maxLength: 65_536 }),
    dtb: loosePath('dtb', 'Device tree for direct boot.'),
    boot: values(
      'boot',
      choice('@dev', ['hd', 'cdrom', 'network', 'fd'], 'A kind of device.'),
      'Order in which devices are tried. Default: hd.',
    ),
    bootMenu: object('bootmenu', bootMenu, 'The boot menu.'),
    bios: object('bios', bios, 'Settings of the BIOS.'),
    acpiTable: object('acpi/table', acpiTable, 'An ACPI table more.'),
    smbios: choice(
      'smbios@mode',
      ['emulate', 'host', 'sysinfo'],
      'Where SMBIOS data come from. Default: emulate.',
    ),
  },
  {
    order: 'type firmware loader nvram kernel initrd cmdline dtb acpi boot bootmenu bios smbios',
    xmlNeeds: 'type',
    reads: refuseEmpty,
    later: 'init initarg initenv initdir inituser initgroup shim=10.0 varstore=10.0',
    normalize: (os) => ({ ...os, ...withSingleFeatures(os), type: os.type ?? 'hvm' }),
    abbreviate: ({ type: _, ...os }) => os,
  },
);
