import { join } from 'node:path';
import { assertSocketPath } from '../../host/paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Helper } from './helper-process.ts';

/** One helper sends the persistent reservations of all disks that leave it to us. */
export function reservationsHelper(def: DomainDef, directory: string): Helper | undefined {
  const isWanted = def.spec.devices?.disks?.some(({ reservations }) => reservations?.managed === true);
  if (isWanted !== true) return undefined;
  const socket = assertSocketPath(join(directory, 'pr-helper0.sock'));
  return { program: 'qemu-pr-helper', package: 'qemu-system-common', socket, args: ['-k', socket] };
}
