import { join } from 'node:path';
import { assertSocketPath } from '../../host/paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Filesystem } from '../../model/domain-devices.ts';
import { shareSocket } from './devices/filesystem.ts';
import type { Helper } from './helper-process.ts';

/** Where Debian's packages put it: its own, or that of QEMU up to version 7. */
const programs = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd'];

/** One virtiofsd for each shared directory; a share with a socket has its own already. */
export function shareHelpers(def: DomainDef, directory: string): readonly Helper[] {
  return (def.spec.devices?.filesystems ?? [])
    .filter(({ driver, socket }) => driver === 'virtiofs' && socket === undefined)
    .map((share) => {
      const socket = assertSocketPath(join(directory, shareSocket(share)));
      return {
        program: share.binary?.path ?? programs,
        package: 'virtiofsd',
        socket,
        args: [`--socket-path=${socket}`, ...limitArguments(share), '-o', optionsOf(share)],
      };
    });
}

function limitArguments({ binary: { threadPool, openFiles } = {} }: Filesystem): readonly string[] {
  return [
    ...(threadPool === undefined ? [] : [`--thread-pool-size=${threadPool}`]),
    ...(openFiles === undefined ? [] : [`--rlimit-nofile=${openFiles}`]),
  ];
}

function optionsOf({ dir = '', binary }: Filesystem): string {
  const { cache, xattr, flock, posixLock, sandbox } = binary ?? {};
  const given = {
    source: dir,
    cache,
    sandbox,
  };
  const words = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  if (xattr !== undefined) words.push(xattr ? 'xattr' : 'no_xattr');
  if (flock !== undefined) words.push(flock ? 'flock' : 'no_flock');
  if (posixLock !== undefined) words.push(posixLock ? 'posix_lock' : 'no_posix_lock');
  return words.join(',');
}
