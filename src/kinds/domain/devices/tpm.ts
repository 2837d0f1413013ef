import type { PcrBank, Tpm, TpmProfile, TpmSource } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { values } from '../../shape/list.ts';
import { xmlName } from '../../shape/location.ts';
import { object } from '../../shape/object.ts';
import { yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const source = elementCodec<TpmSource>('source', {
  type: choice('@type', ['unix'], 'A socket.', { later: ['file', 'dir'] }),
  mode: choice('@mode', ['bind', 'connect'], 'Only connect is possible. Default: connect.'),
  path: path('@path', 'The socket.'),
});

const profile = elementCodec<TpmProfile>('backend/profile', {
  name: text('@name', 'Name of the profile.'),
  source: text('@source', 'What it was made from.'),
  removeDisabled: choice('@removeDisabled', ['check', 'fips-host'], 'Leave out what OpenSSL has disabled.'),
});

const banks = ['sha1', 'sha256', 'sha384', 'sha512'] as const satisfies readonly PcrBank[];
const bank = choice('.', banks, 'Bank of registers.');
const bankList = values(
  'backend/active_pcr_banks',
  bank,
  'emulator, 2.0: banks of registers that are active.',
);

/** In XML each bank is an empty element of that name. */
const pcrBanks: Field<readonly PcrBank[]> = {
  ...bankList,
  fromXml: (cursor, where) => {
    const holder = cursor.descend([xmlName('backend'), xmlName('active_pcr_banks')]);
    const found = banks.filter((name) => holder?.child(xmlName(name)) !== undefined);
    if (holder) cursor.decoding.positions.set(where, holder.element.position);
    return found.length === 0 ? undefined : found;
  },
  toXml: (value, builder) => {
    const holder = builder.descend([xmlName('backend'), xmlName('active_pcr_banks')]);
    for (const name of value) holder.child(xmlName(name));
  },
};

const codec = deviceCodec<Tpm>(
  'tpm',
  {
    ...deviceFields,
    model: choice('@model', ['tpm-tis', 'tpm-crb'], 'Interface of the TPM. Default: tpm-tis.'),
    backend: choice(
      'backend@type',
      ['emulator', 'external', 'passthrough'],
      'swtpm, one process per domain; one behind a socket; or that of the host. Default: emulator.',
    ),
    version: choice(
      'backend@version',
      ['1.2', '2.0'],
      'emulator: version. Default: 2.0 for tpm-crb, else 1.2.',
    ),
    persistentState: yesNo(
      'backend@persistent_state',
      'Keep the state of a transient domain. Default: false.',
    ),
    secret: text(
      'backend/encryption@secret',
      'emulator: uuid of the secret that its state is encrypted with.',
      {
        pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
        expected: 'a uuid',
      },
    ),
    pcrBanks,
    profile: object(
      'backend/profile',
      profile,
      'emulator, 2.0: kept as written; a new state is of the default of swtpm.',
    ),
    device: path('backend/device@path', 'passthrough: device of the host. Default: /dev/tpm0.'),
    source: object('backend/source', source, 'external: the socket of the process.'),
  },
  {
    xmlNeeds: 'backend backend@type',
    order: 'backend',
    normalize: (device) => ({ ...device, backend: device.backend ?? 'emulator' }),
    abbreviate: ({ backend, ...device }) =>
      backend === undefined || backend === 'emulator' ? device : { ...device, backend },
  },
);

export const tpm: DeviceClass<Tpm> = { element: 'tpm', about: 'Trusted platform modules.', codec };
