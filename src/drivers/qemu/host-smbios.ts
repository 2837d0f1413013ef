import { readBytes } from '../../host/files.ts';
import type { DomainSpec, Sysinfo } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';
import { parseDmi } from './parse-dmi.ts';

/** Where Linux shows the SMBIOS structures of its machine, to root alone. */
const dmiTable = '/sys/firmware/dmi/tables/DMI';

/** What a guest with `smbios: host` is to find; undefined: it does not ask for it. A host without it fails. */
export async function hostSmbios({ os }: DomainSpec, table = dmiTable): Promise<Sysinfo | undefined> {
  if (os?.smbios !== 'host') return undefined;
  try {
    return parseDmi(await readBytes(table));
  } catch (error) {
    throw new Failure(
      'not-found',
      `spec.os.smbios: this host shows no SMBIOS (${(error as Error).message})`,
      {
        retry: { after: 60_000 },
        suggestion:
          'use smbios: sysinfo and write what the guest is to find, or run as root on a machine that has it',
      },
    );
  }
}
