import type { DomainSpec } from '../../model/domain.ts';
import { deviceMemory, initialMemory } from './initial-memory.ts';

const kibibyte = 1024;

/** Bytes that a machine may take of the host, also as written before it is completed: NUMA cells and devices bring their own. */
export function takenMemory(spec: DomainSpec): number {
  const { videos = [], shmems = [] } = spec.devices ?? {};
  const guest = spec.cpu?.numa === undefined ? spec.memory : initialMemory(spec) + deviceMemory(spec);
  const cards = videos.reduce(
    (sum, { ram = 0, vram = 0, vram64 = 0 }) => sum + (ram + vram + vram64) * kibibyte,
    0,
  );
  const shared = shmems.reduce((sum, { size = 0 }) => sum + size, 0);
  return Math.max(guest, deviceMemory(spec)) + cards + shared;
}
