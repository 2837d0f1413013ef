import { readText } from '../../host/files.ts';
import type { DomainSpec } from '../../model/domain.ts';
import { Failure } from '../../model/failure.ts';

const units: Readonly<Record<string, number>> = { k: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export interface Hugepages {
  readonly defaultSize: number;
  /** Mount point by bytes per page. */
  readonly directories: ReadonlyMap<number, string>;
}

/** For a domain that asks for none. */
export const noHugepages: Hugepages = { defaultSize: 2 * 1024 * 1024, directories: new Map() };

/** Where the huge pages are that a domain asks for. A size that is mounted nowhere fails. */
export async function hugepagesOf(spec: DomainSpec): Promise<Hugepages> {
  const { hugepages, source } = spec.memoryBacking ?? {};
  const memories = (spec.devices ?? {}) as { memories?: readonly { pageSize?: number }[] };
  if (hugepages === undefined && (memories.memories ?? []).length === 0) return noHugepages;
  const sizes = [
    // memfd needs no mount.
    ...(hugepages === undefined || source === 'memfd'
      ? []
      : hugepages.length === 0
        ? [0]
        : hugepages.map(({ size }) => size)),
    ...(memories.memories ?? []).map(({ pageSize = 4096 }) => pageSize),
  ];
  const defaultSize = defaultPageSize(await readText('/proc/meminfo'));
  const wanted = new Set(
    sizes.filter((size) => size !== 4096).map((size) => (size === 0 ? defaultSize : size)),
  );
  const directories = new Map<number, string>();
  for (const size of wanted) directories.set(size, await mountPoint(size));
  return { defaultSize, directories };
}

/** Mount point of the hugetlbfs with pages of so many bytes. */
async function mountPoint(wanted: number): Promise<string> {
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
