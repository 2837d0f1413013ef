import type { Tpm } from '../../../model/domain-devices.ts';
import { choice } from '../../shape/choice.ts';
import { yesNo } from '../../shape/on-off.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const codec = deviceCodec<Tpm>(
  'tpm',
  {
    ...deviceFields,
    model: choice(
      '@model',
      ['tpm-tis', 'tpm-crb'],
      'Interface of the TPM. Default: tpm-crb for 2.0, tpm-tis for 1.2.',
      {
        later: ['tpm-spapr', 'spapr-tpm-proxy'],
      },
    ),
    backend: choice('backend@type', ['emulator'], 'swtpm, one process per domain. Default: emulator.', {
      later: ['passthrough', 'external'],
    }),
    version: choice('backend@version', ['1.2', '2.0'], 'TPM version. Default: 2.0.'),
    persistentState: yesNo(
      'backend@persistent_state',
      'Keep the state of a transient domain. Default: false.',
    ),
  },
  {
    order: 'backend',
    later:
      'backend@debug backend/encryption backend/active_pcr_banks backend/device backend/source backend/profile',
    normalize: (device) => ({ ...device, backend: device.backend ?? 'emulator' }),
    abbreviate: ({ backend: _, ...device }) => device,
  },
);

export const tpm: DeviceClass<Tpm> = { element: 'tpm', about: 'Trusted platform modules.', codec };
