import { isWritten } from '../../kinds/domain/is-written.ts';
import type { Monitor } from '../../qmp/monitor.ts';
import type { ImageUsers } from '../contract.ts';
import type { Domains } from './domains.ts';
import { driveOf, queryDrives } from './live/query-drive.ts';
import { say } from './live/say.ts';
import type { Session } from './session.ts';

/** A drive of a running machine with the image in it. */
interface User {
  readonly monitor: Monitor;
  readonly node: string;
  readonly size: number;
}

const sector = 512;

/** Who writes which image, as the QEMUs themselves have it open. */
export function imageUsers(domains: Domains): ImageUsers {
  async function users(path: string, signal: AbortSignal): Promise<readonly User[]> {
    const found = [...domains.sessions()].map((session) => usersIn(session, path, domains, signal));
    return (await Promise.all(found)).flat();
  }

  return {
    async sizeSeen(path, signal) {
      const sizes = (await users(path, signal)).map(({ size }) => size);
      return sizes.length === 0 ? undefined : Math.min(...sizes);
    },
    async grow(path, capacity, signal) {
      const found = await users(path, signal);
      const size = Math.ceil(capacity / sector) * sector;
      for (const { monitor, node, size: present } of found)
        if (present < size) await say(monitor, 'block_resize', { 'node-name': node, size }, signal);
      return found.length > 0;
    },
  };
}

async function usersIn(
  session: Session,
  path: string,
  { deps }: Domains,
  signal: AbortSignal,
): Promise<readonly User[]> {
  const disks = (session.record.running.spec.devices?.disks ?? []).filter(
    (disk) =>
      isWritten(disk) &&
      (disk.volume === undefined ? disk.file : deps.volumeImage(disk.volume)?.path) === path,
  );
  if (disks.length === 0) return [];
  const monitor = await session.connect(3_000, signal);
  const drives = await queryDrives(monitor, signal);
  return disks.flatMap(({ alias = '' }) => {
    const { 'node-name': node, image } = driveOf(drives, alias)?.inserted ?? {};
    return node === undefined || image === undefined ? [] : [{ monitor, node, size: image['virtual-size'] }];
  });
}
