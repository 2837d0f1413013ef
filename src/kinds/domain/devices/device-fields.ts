import type { Device } from '../../../model/domain-devices.ts';
import { type ElementCodec, type ElementOptions, elementCodec } from '../../shape/element-codec.ts';
import type { Field, Shape } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { parseLocation } from '../../shape/location.ts';
import { text } from '../../shape/text.ts';
import { addressField } from './address.ts';

/** libvirt keeps aliases with this prefix; others it makes anew at each start. */
const userPrefix = 'ua-';

const aliasAt = parseLocation('alias@name');
/** Longer names are refused, not left out. */
const namePattern = /^[A-Za-z0-9_-]+$/;

const nameText = text('alias@name', 'Stable identity of the device, libvirt user alias `ua-<name>`.', {
  pattern: '^[A-Za-z0-9_-]{1,60}$',
  expected: 'a name of letters, digits, _ and -',
});

const nameField: Field<string> = {
  ...nameText,
  fromXml: (cursor, path) => {
    const found = cursor.value(aliasAt);
    // libvirt, too, leaves out what it does not take for a name.
    if (!found?.text.startsWith(userPrefix) || !namePattern.test(found.text.slice(userPrefix.length)))
      return undefined;
    cursor.decoding.positions.set(path, found.position);
    return nameText.fromYaml(found.text.slice(userPrefix.length), path, cursor.decoding);
  },
  toXml: (name, builder) => nameText.toXml(`${userPrefix}${name}`, builder),
};

const aliasText = text('alias@name', 'Id of the device in QEMU. Default: assigned once.', {
  pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,127}$',
  expected: 'a letter, then letters, digits and . _ -',
});

const aliasField: Field<string> = {
  ...aliasText,
  fromXml: (cursor, path) => {
    const written = cursor.value(aliasAt)?.text;
    return written?.startsWith(userPrefix) ? undefined : aliasText.fromXml(cursor, path);
  },
};

/** The fields that every device has. */
export const deviceFields: Shape<Device> = {
  name: nameField,
  alias: aliasField,
  acpiIndex: integer('acpi@index', 'Number in the name that Linux gives to a PCI device: eno1.', {
    minimum: 1,
    maximum: 16_383,
  }),
  address: addressField,
};

/** Of the devices that firmware can start from. */
export const bootOrderField = integer('boot@order', 'Place in the boot order, from 1.', {
  minimum: 1,
  maximum: 0xffff_ffff,
});

/** Elements that libvirt writes last in every device, in its order. */
const commonOrder = 'boot master alias rom acpi address';

/** The codec of a device's element: an elementCodec that knows how name and alias go together. */
export function deviceCodec<D extends Device>(
  element: string,
  shape: Shape<D>,
  options: ElementOptions<D> = {},
): ElementCodec<D> {
  const inner = options.normalize ?? ((device: D) => device);
  // In YAML a device begins with what it is and ends with where it sits.
  const { alias, acpiIndex, address, ...rest } = shape;
  const readable = { ...rest, acpiIndex, alias, address } as unknown as Shape<D>;
  return elementCodec<D>(element, readable, {
    ...options,
    order: `${options.order ?? ''} ${commonOrder}`,
    ...('bootOrder' in shape ? { xmlNeeds: `${options.xmlNeeds ?? ''} boot@order`.trim() } : {}),
    normalize: (device) => inner(withoutDerivedAlias(device)),
  });
}

/** A named device's alias is always `ua-<name>`, so that it need not be said. */
function withoutDerivedAlias<D extends Device>(device: D): D {
  if (device.name === undefined || device.alias === undefined) return device;
  const { alias: _, ...rest } = device;
  // Only the optional `alias` of D is gone.
  return rest as unknown as D;
}
