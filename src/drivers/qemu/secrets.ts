import { join } from 'node:path';
import { exists } from '../../host/files.ts';
import { encodeName } from '../../host/paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { BackingStore, SecretReference, StorageSource } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** The file that holds a secret's value: named after its uuid or usage, in a directory of this host only. */
export function secretFile(stateDir: string, { uuid, usage = '' }: SecretReference): string {
  return join(stateDir, 'secrets', encodeName(uuid ?? usage));
}

/** Every secret that the disks of a domain, its firmware and its units of the network name can be read. Says which file is missing; never what is in one. */
export async function checkSecrets(def: DomainDef, stateDir: string): Promise<void> {
  const { disks = [], hostdevs = [] } = def.spec.devices ?? {};
  const { network } = def.spec.os?.nvram ?? {};
  const named = [
    ...(network === undefined ? [] : [{ what: 'nvram', secrets: secretsOf({ network }) }]),
    ...disks.map((disk) => ({ what: `disk ${disk.name ?? disk.dev}`, secrets: secretsOf(disk) })),
    ...hostdevs.map(({ name, alias, scsi }) => ({
      what: `hostdev ${name ?? alias}`,
      secrets: scsi?.auth === undefined ? [] : [scsi.auth.secret],
    })),
  ];
  for (const { what, secrets } of named) {
    for (const secret of secrets) {
      const path = secretFile(stateDir, secret);
      if (await exists(path)) continue;
      throw new Failure('secret-missing', `${what}: ${path} does not exist`, {
        retry: { after: 10_000 },
        suggestion: 'put its value into that file, readable for the user of QEMU alone',
      });
    }
  }
}

function secretsOf(source: StorageSource & Pick<BackingStore, 'backingStore'>): readonly SecretReference[] {
  const { encryption, network, backingStore } = source;
  return [encryption?.secret, network?.auth?.secret]
    .filter((secret) => secret !== undefined)
    .concat(backingStore === undefined ? [] : secretsOf(backingStore));
}
