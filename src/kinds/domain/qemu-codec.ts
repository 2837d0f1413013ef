import type { DeviceOverride, PropertyOverride, QemuExtras } from '../../model/domain-qemu.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { list, values } from '../shape/list.ts';
import { text } from '../shape/text.ts';

const env = elementCodec<NonNullable<QemuExtras['env']>[number]>('qemu:commandline/qemu:env', {
  name: required(
    text('@name', 'Name of the variable.', {
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      expected: 'a name of letters, digits and _',
    }),
  ),
  value: text('@value', 'Its value. Default: empty.', { multiline: true }),
});

const property = elementCodec<PropertyOverride>('qemu:override/qemu:device/qemu:frontend/qemu:property', {
  name: required(text('@name', "QEMU's name of the property.")),
  type: required(choice('@type', ['string', 'signed', 'unsigned', 'bool', 'remove'], 'What the value is.')),
  value: text('@value', 'The value; none with remove.', { multiline: true }),
});

const override = elementCodec<DeviceOverride>('qemu:override/qemu:device', {
  alias: required(text('@alias', 'Alias of the device.')),
  frontend: required(list('qemu:frontend/qemu:property', property, 'Properties to set or to remove.')),
});

const raw = { multiline: true, maxLength: 65_536 };

/** `<qemu:commandline>`, `<qemu:capabilities>`, `<qemu:override>`, `<qemu:deprecation>`: children of the domain. */
export const qemuCodec = elementCodec<QemuExtras>(
  'domain',
  {
    args: values(
      'qemu:commandline/qemu:arg',
      text('@value', 'One argument.', raw),
      'Arguments added to the command line. Only where the policy of the host allows it.',
    ),
    env: list('qemu:commandline/qemu:env', env, 'Environment of QEMU.'),
    addCapabilities: values(
      'qemu:capabilities/qemu:add',
      text('@capability', "libvirt's name of the capability."),
      'Capabilities of QEMU that are taken as there.',
    ),
    delCapabilities: values(
      'qemu:capabilities/qemu:del',
      text('@capability', "libvirt's name of the capability."),
      'Capabilities of QEMU that are taken as missing.',
    ),
    overrides: list('qemu:override/qemu:device', override, 'Properties of single devices.'),
    deprecation: choice(
      'qemu:deprecation@behavior',
      ['none', 'omit', 'reject', 'crash'],
      'What QEMU does with deprecated commands. Default: none.',
    ),
  },
  { inline: true },
);
