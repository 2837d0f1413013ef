/** An IPv4 or IPv6 address as its bytes; undefined: it is none. */
export function addressBytes(text: string): readonly number[] | undefined {
  return text.includes(':') ? sixteenBytes(text) : fourBytes(text);
}

function fourBytes(text: string): readonly number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function sixteenBytes(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half) => groupsOf(half));
  if (before === undefined) return undefined;
  if (halves.length === 1) return before.length === 16 ? before : undefined;
  if (after === undefined || before.length + after.length > 14) return undefined;
  return [...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after];
}

/** Groups of hexadecimal digits; the last one may be an IPv4 address. */
function groupsOf(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [at, group] of groups.entries()) {
    const four = at === groups.length - 1 && group.includes('.') ? fourBytes(group) : undefined;
    if (four !== undefined) bytes.push(...four);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

/** Whether nothing of an address lies behind its first `prefix` bits. */
export function isNetworkAddress(bytes: readonly number[], prefix: number): boolean {
  return bytes.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefix - 8 * at));
    return (byte & (0xff >> bits)) === 0;
  });
}

/** `255.255.0.0` → 16; undefined: it is no mask. */
export function prefixOfMask(mask: readonly number[]): number | undefined {
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}
