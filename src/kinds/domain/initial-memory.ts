import type { DomainSpec } from '../../model/domain.ts';

const mebibyte = 1024 * 1024;

/** QEMU counts whole MiB, as libvirt does. */
export function wholeMebibytes(bytes: number): number {
  return Math.ceil(bytes / mebibyte) * mebibyte;
}

/** What the machine starts with, memory devices aside: the sum of its NUMA cells where there are some. */
export function initialMemory(spec: DomainSpec): number {
  const cells = spec.cpu?.numa?.cells;
  if (cells !== undefined) return cells.reduce((sum, { memory }) => sum + wholeMebibytes(memory), 0);
  return wholeMebibytes(spec.memory - deviceMemory(spec));
}

/** Bytes of all memory devices. */
export function deviceMemory({ devices }: DomainSpec): number {
  const { memories = [] } = (devices ?? {}) as { readonly memories?: readonly { readonly size?: number }[] };
  return memories.reduce((sum, { size = 0 }) => sum + size, 0);
}
