import type { DomainSpec } from '../../../../model/domain.ts';
import type { Limit, Write } from './contract.ts';

/** `<memtune>`. */
export function memoryLimits({ memtune = {} }: DomainSpec): readonly Limit[] {
  const { hardLimit, softLimit, swapHardLimit } = memtune;
  const limits: Limit[] = [];
  const add = (field: keyof typeof memtune, v1: readonly Write[], v2: readonly Write[]) =>
    limits.push({ path: `spec.memtune.${field}`, controller: 'memory', writes: { 1: v1, 2: v2 } });
  if (hardLimit !== undefined) {
    // Memory with swap is never less than memory alone: it gives way before that moves.
    const first = swapHardLimit === undefined ? [] : [together('-1')];
    add('hardLimit', [...first, v1('limit_in_bytes', hardLimit)], [v2('max', hardLimit)]);
  }
  if (softLimit !== undefined)
    add('softLimit', [v1('soft_limit_in_bytes', softLimit)], [v2('high', softLimit)]);
  // libvirt's word is for both together; version 2 limits swap alone.
  if (swapHardLimit !== undefined)
    add(
      'swapHardLimit',
      [together(String(swapHardLimit))],
      [v2('swap.max', Math.max(0, swapHardLimit - (hardLimit ?? 0)))],
    );
  return limits;
}

function v1(file: string, bytes: number): Write {
  return { files: [`memory.${file}`], value: String(bytes), lifted: '-1' };
}

function v2(file: string, bytes: number): Write {
  return { files: [`memory.${file}`], value: String(bytes), lifted: 'max' };
}

function together(value: string): Write {
  return { files: ['memory.memsw.limit_in_bytes'], value, lifted: '-1' };
}
