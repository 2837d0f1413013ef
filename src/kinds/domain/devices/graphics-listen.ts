import type { Graphics } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import type { Field } from '../../shape/field.ts';
import { xmlName } from '../../shape/location.ts';
import { path, text } from '../../shape/text.ts';
import type { XmlBuilder } from '../../shape/xml-builder.ts';
import type { XmlCursor } from '../../shape/xml-cursor.ts';

const listenChild = xmlName('listen');
const words = ['address', 'network', 'socket', 'none'] as const;
type ListenType = NonNullable<Graphics['listenType']>;

const inChild = {
  type: choice('@type', words, ''),
  address: text('@address', '', { maxLength: 255 }),
  network: text('@network', '', { maxLength: 255 }),
  socket: path('@socket', ''),
};
const onGraphics = {
  listenType: choice(
    'listen@type',
    words,
    'What it listens on. Default: socket with `socket`, else address.',
  ),
  listen: text('@listen', 'Address to listen on. Default: 127.0.0.1.', { maxLength: 255 }),
  listenNetwork: text('listen@network', 'Network whose address of the host it listens on.', {
    maxLength: 255,
  }),
  socket: path(
    '@socket',
    'Unix socket to listen on. Default with listenType socket: one in the run directory.',
  ),
};

function typeOf(child: XmlCursor | undefined): string | undefined {
  return child?.element.attributes.find(({ name }) => name === 'type')?.value;
}

function element(builder: XmlBuilder): XmlBuilder {
  return builder.child(listenChild);
}

/** `<listen>` says what the older attributes `listen` and `socket` of `<graphics>` say as well. */
export const listenFields: {
  readonly listenType: Field<ListenType>;
  readonly listen: Field<string>;
  readonly listenNetwork: Field<string>;
  readonly socket: Field<string>;
} = {
  listenType: {
    ...onGraphics.listenType,
    fromXml: (cursor, where) => {
      const child = cursor.child(listenChild);
      return child && inChild.type.fromXml(child, where);
    },
    toXml: (value, builder) => inChild.type.toXml(value, element(builder)),
  },
  listen: {
    ...onGraphics.listen,
    fromXml: (cursor, where) => {
      const old = emptyIsNone(onGraphics.listen.fromXml(cursor, where));
      const child = cursor.child(listenChild);
      const address = child && emptyIsNone(inChild.address.fromXml(child, where));
      // Of a network or a socket it is what a running guest has got.
      if (child !== undefined && typeOf(child) !== 'address') return undefined;
      if (old !== undefined && address !== undefined && old !== address)
        cursor.decoding.report(
          'conflicting-options',
          where,
          `listen='${old}' and <listen address='${address}'/> differ`,
        );
      return address ?? old;
    },
    toXml: (value, builder) => {
      onGraphics.listen.toXml(value, builder);
      inChild.address.toXml(value, element(builder));
    },
  },
  listenNetwork: {
    ...onGraphics.listenNetwork,
    fromXml: (cursor, where) => {
      const child = cursor.child(listenChild);
      return child && inChild.network.fromXml(child, where);
    },
    toXml: (value, builder) => inChild.network.toXml(value, element(builder)),
  },
  socket: {
    ...onGraphics.socket,
    fromXml: (cursor, where) => {
      const old = onGraphics.socket.fromXml(cursor, where);
      const child = cursor.child(listenChild);
      const inner = child && inChild.socket.fromXml(child, where);
      if (old !== undefined && inner !== undefined && old !== inner)
        cursor.decoding.report(
          'conflicting-options',
          where,
          `socket='${old}' and <listen socket='${inner}'/> differ`,
        );
      return inner ?? old;
    },
    toXml: (value, builder) => inChild.socket.toXml(value, element(builder)),
  },
};

function emptyIsNone(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** What the other fields say of it. */
export function impliedListenType({ socket, listenNetwork }: Partial<Graphics>): ListenType {
  if (socket !== undefined) return 'socket';
  return listenNetwork === undefined ? 'address' : 'network';
}
