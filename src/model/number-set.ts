/** libvirt's lists of CPUs and NUMA nodes, `0-3,^2,8`, as sorted numbers; `undefined`: not such a list. */
export function parseNumberSet(text: string): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, not, first, last] = /^\s*(\^?)\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part) ?? [];
    if (first === undefined || (not === '^' && last !== undefined)) return undefined;
    const [from, to] = [Number(first), Number(last ?? first)];
    if (to < from || to >= largestNumber) return undefined;
    for (let number = from; number <= to; number += 1) {
      if (not === '^') found.delete(number);
      else found.add(number);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The same numbers in their shortest form: `0-1,3`. */
export function formatNumberSet(numbers: readonly number[]): string {
  return numberRanges(numbers)
    .map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
    .join(',');
}

/** Runs of numbers that follow each other: `[[0, 1], [3, 3]]`. */
export function numberRanges(numbers: readonly number[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

const largestNumber = 16_384;
