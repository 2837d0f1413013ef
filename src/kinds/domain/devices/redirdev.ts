import type { Redirdev, RedirRule } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { type Field, required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { list } from '../../shape/list.ts';
import { yesNo } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';
import { characterSourceShape, normalizeSource } from './character-source.ts';
import type { DeviceClass } from './contract.ts';
import { bootOrderField, deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Redirdev>(
  'redirdev',
  {
    ...deviceFields,
    bus: choice('@bus', ['usb'], 'Bus. Default: usb.'),
    ...characterSourceShape(),
    bootOrder: bootOrderField,
  },
  {
    order: 'source protocol log',
    normalize: (device) => {
      const { bus = 'usb', channel, ...rest } = normalizeSource(device);
      const name = channel ?? (device.type === 'dbus' ? 'org.qemu.usbredir' : undefined);
      return { ...rest, bus, ...(name === undefined ? {} : { channel: name }) };
    },
    abbreviate: ({ bus: _, ...device }) => device,
  },
);

export const redirdev: DeviceClass<Redirdev> = {
  element: 'redirdev',
  about: "USB devices of the viewer's machine.",
  codec,
};

/** -1 says the same as nothing: any. */
function anyOr(field: Field<number>): Field<number> {
  return {
    ...field,
    fromXml: (cursor, path) =>
      cursor.attribute(field.at.slice(1))?.value === '-1' ? undefined : field.fromXml(cursor, path),
  };
}

const capitals = (at: string, about: string, digits: number): Field<number> =>
  integer(at, about, { hexDigits: digits, maximum: 16 ** digits - 1, capitals: true });

const version = text('@version', 'Version of the device: 2.0. Default: any.', {
  pattern: '^[0-9]{1,2}\\.[0-9]{1,2}$',
  expected: 'a version like 2.0',
});

const rule = elementCodec<RedirRule>('redirfilter/usbdev', {
  class: anyOr(capitals('@class', 'USB class. Default: any.', 2)),
  vendor: anyOr(capitals('@vendor', 'Vendor. Default: any.', 4)),
  product: anyOr(capitals('@product', 'Product. Default: any.', 4)),
  version: {
    ...version,
    fromXml: (cursor, path) =>
      cursor.attribute('version')?.value === '-1' ? undefined : version.fromXml(cursor, path),
  },
  allow: required(yesNo('@allow', 'May be redirected.')),
});

/** Which devices may be redirected: the first rule that matches counts. */
export const redirfilterField: Field<readonly RedirRule[]> = list(
  'redirfilter/usbdev',
  rule,
  'Which devices may be redirected: the first rule that matches counts.',
);
