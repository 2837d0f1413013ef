import type { Limit } from './limits/contract.ts';

/** What the kernel takes at most, by file; a share of libvirt's is another number in version 2. */
const heaviest: Readonly<Record<string, number>> = {
  'cpu.weight': 10_000,
  'io.bfq.weight': 10_000,
  'blkio.bfq.weight': 1_000,
  'blkio.bfq.weight_device': 1_000,
};

/** Why a weight is none on this host. */
export function tooHeavy({ writes }: Limit, version: 1 | 2): string | undefined {
  for (const { files, value } of writes[version]) {
    const most = heaviest[files[0] ?? ''];
    const weight = Number(value.split(' ').at(-1));
    if (most !== undefined && weight > most)
      return `${weight} is too much: with cgroups version ${version}, it is at most ${most}`;
  }
  return undefined;
}
