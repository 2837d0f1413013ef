import type { NetworkHost, NetworkStorage, StorageAuth } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { seconds } from '../../shape/duration.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { type Field, required } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { list } from '../../shape/list.ts';
import { object, scattered } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { orNone } from '../../shape/or-none.ts';
import { stringMap } from '../../shape/string-map.ts';
import { path, text } from '../../shape/text.ts';
import { secretReference } from './secret-reference.ts';

const host = elementCodec<NetworkHost>('host', {
  transport: choice('@transport', ['tcp', 'unix', 'rdma'], 'How it is reached. Default: tcp.'),
  name: text('@name', 'Name or address.', { maxLength: 255 }),
  port: orNone(integer('@port', 'Port. Default: that of the protocol.', { maximum: 65_535 })),
  socket: path('@socket', 'unix: path of the socket.'),
});

export const storageAuth = elementCodec<StorageAuth>(
  'auth',
  {
    username: required(text('@username', 'User.', { maxLength: 255 })),
    type: required(choice('secret@type', ['ceph', 'iscsi'], 'What the secret is for.')),
    secret: required(
      object('secret', secretReference, 'The secret: its usage name, or a map with its uuid.'),
    ),
  },
  { order: 'secret' },
);

type Beside = <T>(field: Field<T>, outer: Field<T>) => Field<T>;

/** Storage that QEMU reaches over the network by itself. */
export function networkStorage(beside: Beside): Field<NetworkStorage> {
  return scattered(
    elementCodec<NetworkStorage>(
      'source',
      {
        protocol: required(
          choice(
            'source@protocol',
            ['nbd', 'rbd', 'iscsi', 'http', 'https', 'ftp', 'ftps', 'ssh', 'gluster', 'nfs', 'sheepdog'],
            'Protocol.',
          ),
        ),
        name: text('source@name', 'What the server calls it: export, pool/image, target/LUN or path.'),
        query: text('source@query', 'http, https: what follows the question mark.'),
        tls: yesNo('source@tls', 'nbd: encrypt. Default: false.'),
        tlsHostname: text('source@tlsHostname', "nbd: name in the server's certificate. Default: its host."),
        hosts: list('source/host', host, 'Servers.'),
        snapshot: text('source/snapshot@name', 'rbd: a snapshot of the image.'),
        config: path('source/config@file', 'rbd: configuration file.'),
        initiator: text('source/initiator/iqn@name', 'iscsi: our own name.', { maxLength: 255 }),
        auth: beside(
          object('source/auth', storageAuth, 'Who we are to the server.'),
          object('auth', storageAuth, ''),
        ),
        sslVerify: yesNo('source/ssl@verify', 'https, ftps: check the certificate. Default: true.'),
        cookies: stringMap('source/cookies/cookie', 'http, https: cookies, by name.', {
          nameAt: 'name',
          valueAt: '.',
        }),
        readahead: bytes('source/readahead@size', 'http, ftp: what is read at once.', { unitless: true }),
        timeout: seconds('source/timeout@seconds', 'http, ftp: until an answer.'),
        reconnectDelay: seconds('source/reconnect@delay', 'nbd: how long requests wait for a lost server.'),
        user: text('source/identity@user', 'nfs: user, by name or +uid.', { maxLength: 64 }),
        group: text('source/identity@group', 'nfs: group, by name or +gid.', { maxLength: 64 }),
      },
      { inline: true },
    ),
    'Storage that QEMU reaches over the network.',
  );
}
