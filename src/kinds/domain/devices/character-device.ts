import type { CharacterBackend, CharacterDevice } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import type { ElementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { text } from '../../shape/text.ts';
import { characterSourceShape, normalizeSource } from './character-source.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

export interface CharacterClass {
  readonly element: 'serial' | 'parallel' | 'console' | 'channel';
  /** The backend when none is named. */
  readonly type: CharacterBackend;
  /** The words of `<target type=…>`. */
  readonly targetTypes: readonly string[];
  /** The target type when none is named; absent: `complete` decides. */
  readonly targetType?: string;
  /** XML cannot leave the target out. */
  readonly needsTarget?: boolean;
}

/** serial, parallel, console and channel are one shape in libvirt, with other targets. */
export function characterCodec(row: CharacterClass): ElementCodec<CharacterDevice> {
  const targetType: Field<string> = choice<string>(
    'target@type',
    row.targetTypes,
    `What the guest sees: ${row.targetTypes.join(', ') || 'one kind only'}.`,
  );
  const source = characterSourceShape({ type: row.type });
  return deviceCodec<CharacterDevice>(
    row.element,
    {
      ...deviceFields,
      ...source,
      // In XML what names no type is a pty, whatever it is.
      type: { ...source.type, fromXml: (cursor, path) => source.type.fromXml(cursor, path) ?? 'pty' },
      targetType,
      targetName: text('target@name', 'channel: name in the guest, for example org.qemu.guest_agent.0.', {
        maxLength: 255,
      }),
      targetAddress: text('target@address', "guestfwd: address in the guest's network.", { maxLength: 64 }),
      port: integer('target@port', 'Number among its kind. Default: the next free one. guestfwd: TCP port.'),
      targetModel: text('target/model@name', 'serial: QEMU device. Default: from the target type.', {
        pattern: '^[A-Za-z0-9._-]{1,64}$',
        expected: 'a device like isa-serial',
      }),
    },
    {
      order: 'source protocol log target',
      ...(row.needsTarget === true ? { xmlNeeds: 'target target@type' } : {}),
      normalize: (device) => ({
        ...normalizeSource(device, row.type),
        ...withTargetType(device.targetType ?? row.targetType),
      }),
      abbreviate: ({ targetType: target, ...device }) =>
        target === row.targetType ? device : { ...device, ...withTargetType(target) },
      // A running guest's pty and port state: facts, not wishes.
      reads: (cursor) => {
        cursor.attribute('tty');
        cursor.child(xmlName('target'))?.attribute('state');
      },
    },
  );
}

function withTargetType(targetType: string | undefined): { targetType?: string } {
  return targetType === undefined ? {} : { targetType };
}
