import { readText } from '../../host/files.ts';
import { Failure } from '../../model/failure.ts';

const units: Readonly<Record<string, number>> = { k: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Mount point of the hugetlbfs with pages of so many bytes; 0: the host's default size. */
export async function hugepagesDirectory(size: number): Promise<string> {
  const wanted = size > 0 ? size : defaultPageSize(await readText('/proc/meminfo'));
  for (const line of (await readText('/proc/mounts')).split('\n')) {
    const [, path, type, options = ''] = line.split(' ');
    const [, count, unit = ''] = /(?:^|,)pagesize=(\d+)([kMG])/.exec(options) ?? [];
    if (type === 'hugetlbfs' && path !== undefined && Number(count) * (units[unit] ?? 1) === wanted)
      return path;
  }
  throw new Failure('not-found', `no hugetlbfs with pages of ${wanted / 1024} KiB is mounted`, {
    retry: { after: 60_000 },
    suggestion: `mount -t hugetlbfs -o pagesize=${wanted / 1024}K none /dev/hugepages`,
  });
}

function defaultPageSize(meminfo: string): number {
  return Number(/^Hugepagesize:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 2048) * 1024;
}
