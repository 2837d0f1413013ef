import type { Sysinfo } from '../../model/domain.ts';

interface Structure {
  readonly type: number;
  /** The formatted part, header included. */
  readonly bytes: Uint8Array;
  readonly strings: readonly string[];
}

/** What a string is called for which the table gives no text. */
const notSpecified = 'Not Specified';

/** Offsets of the texts in each structure, by libvirt's names (DMTF DSP0134). */
const texts = {
  bios: { vendor: 0x04, version: 0x05, date: 0x08 },
  system: { manufacturer: 0x04, product: 0x05, version: 0x06, serial: 0x07, sku: 0x19, family: 0x1a },
  board: { manufacturer: 0x04, product: 0x05, version: 0x06, serial: 0x07, asset: 0x08, location: 0x0a },
  chassis: { manufacturer: 0x04, version: 0x06, serial: 0x07, asset: 0x08 },
} as const;

/**
 * The host's SMBIOS structures as a `sysinfo`, with the entries that libvirt takes over for `<smbios mode='host'/>`. The
 * host's uuid is not among them: a guest has its own.
 */
export function parseDmi(table: Uint8Array): Sysinfo {
  const found = structuresOf(table);
  const first = (type: number) => found.find((one) => one.type === type);
  const [bios, system, chassis] = [first(0), first(1), first(3)];
  const boards = found.filter(({ type }) => type === 2).map((one) => entries(one, texts.board));
  const oemStrings = found.filter(({ type }) => type === 11).flatMap(({ strings }) => strings);
  return {
    ...(bios && { bios: { ...entries(bios, texts.bios), ...release(bios) } }),
    ...(system && { system: entries(system, texts.system) }),
    ...(boards.length > 0 && { baseBoards: boards }),
    ...(chassis && { chassis: { ...entries(chassis, texts.chassis), ...sku(chassis) } }),
    ...(oemStrings.length > 0 && { oemStrings }),
  };
}

function structuresOf(table: Uint8Array): readonly Structure[] {
  const found: Structure[] = [];
  let at = 0;
  while (at + 4 <= table.length) {
    const [type = 127, length = 0] = table.subarray(at, at + 2);
    if (length < 4 || type === 127) break;
    const strings: string[] = [];
    let start = at + length;
    while (start < table.length && table[start] !== 0) {
      const end = table.indexOf(0, start);
      if (end === -1) return found;
      strings.push(printable(table.subarray(start, end)));
      start = end + 1;
    }
    found.push({ type, bytes: table.subarray(at, at + length), strings });
    // The set of strings ends with an empty one, also when it has no other.
    at = Math.max(start + 1, at + length + 2);
  }
  return found;
}

function printable(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte < 0x20 || byte > 0x7e ? '.' : String.fromCharCode(byte))).join('');
}

function entries(
  { bytes, strings }: Structure,
  fields: Readonly<Record<string, number>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, offset] of Object.entries(fields)) {
    const number = bytes[offset];
    if (number === undefined) continue;
    const text = number === 0 ? notSpecified : strings[number - 1]?.trimEnd();
    if (text) found[name] = text;
  }
  return found;
}

function release({ bytes }: Structure): Readonly<Record<string, string>> {
  const [major, minor] = [bytes[0x14], bytes[0x15]];
  const isSaid = bytes.length >= 0x18 && major !== 0xff && minor !== 0xff;
  return isSaid ? { release: `${major}.${minor}` } : {};
}

/** Behind a list of what the chassis contains. */
function sku(chassis: Structure): Readonly<Record<string, string>> {
  const [count = 0, size = 0] = chassis.bytes.subarray(0x13, 0x15);
  return entries(chassis, { sku: 0x15 + count * size });
}
