import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Arguments } from '../../../src/drivers/qemu/command-line/arguments.ts';
import { buildSmbios } from '../../../src/drivers/qemu/command-line/smbios.ts';
import { hostSmbios } from '../../../src/drivers/qemu/host-smbios.ts';
import { parseDmi } from '../../../src/drivers/qemu/parse-dmi.ts';
import type { DomainSpec } from '../../../src/model/domain.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-smbios-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** One structure: its bytes behind type, length and handle, then its strings. */
function structure(type: number, body: readonly number[], strings: readonly string[] = []): Buffer {
  const texts = strings.length === 0 ? '\0\0' : `${strings.join('\0')}\0\0`;
  return Buffer.concat([
    Buffer.from([type, body.length + 4, type, 0, ...body]),
    Buffer.from(texts, 'latin1'),
  ]);
}

const zeros = (count: number) => Array.from({ length: count }, () => 0);

const table = Buffer.concat([
  structure(
    0,
    [1, 2, 0, 0xe8, 3, 0x10, ...zeros(8), 0, 0, 4, 7, 0xff, 0xff],
    ['ACME Inc.', '1.2 ', '12/31/2023'],
  ),
  structure(1, [1, 2, 0, 3, ...zeros(16), 6, 4, 5], ['ACME', 'Server 9000', 'S\xe9rial-1', 'SKU9', 'Racks']),
  structure(2, [1, 2, 3, 4, 5, 9, 6, 3, 0, 10, 0], ['ACME', 'Board', '1.0', 'BS1', ' ', 'Slot 1']),
  // Between count and size of what it contains, and its own number, stands one such thing.
  structure(3, [1, 0x17, 0, 2, 0, ...zeros(8), 0, 1, 1, 3, 0x11, 0, 0, 3], ['ACME', 'CS1', 'CHSKU']),
  structure(11, [2], ['one', 'two, and more']),
  structure(127, []),
  structure(1, [1, ...zeros(22)], ['behind the end']),
]);

const spec: DomainSpec = { memory: 1024 ** 3, os: { smbios: 'host' } };

describe("the host's SMBIOS", () => {
  test('is read as dmidecode reads it, without the uuid', () => {
    expect(parseDmi(table)).toEqual({
      bios: { vendor: 'ACME Inc.', version: '1.2', date: '12/31/2023', release: '4.7' },
      system: {
        manufacturer: 'ACME',
        product: 'Server 9000',
        version: 'Not Specified',
        serial: 'S.rial-1',
        sku: 'SKU9',
        family: 'Racks',
      },
      baseBoards: [
        { manufacturer: 'ACME', product: 'Board', version: '1.0', serial: 'BS1', location: 'Slot 1' },
      ],
      chassis: {
        manufacturer: 'ACME',
        version: 'Not Specified',
        serial: 'CS1',
        asset: 'Not Specified',
        sku: 'CHSKU',
      },
      oemStrings: ['one', 'two, and more'],
    });
  });

  test('may be short, broken off or empty', () => {
    for (let length = 0; length <= table.length; length++)
      expect(Object.keys(parseDmi(table.subarray(0, length))).length).toBeLessThanOrEqual(5);
    expect(parseDmi(structure(1, [1, 2, 3, 4], ['A', 'B', 'C', 'D']))).toEqual({
      system: { manufacturer: 'A', product: 'B', version: 'C', serial: 'D' },
    });
    expect(parseDmi(Buffer.alloc(64))).toEqual({});
  });

  test('is what a guest finds that asks for it', async () => {
    const file = join(root, 'DMI');
    writeFileSync(file, table);
    const args = new Arguments();
    buildSmbios(spec, await hostSmbios(spec, file), args);
    expect(args.list.filter((word) => word !== '-smbios')).toEqual([
      'type=0,vendor=ACME Inc.,version=1.2,date=12/31/2023,release=4.7',
      'type=1,manufacturer=ACME,product=Server 9000,version=Not Specified,serial=S.rial-1,sku=SKU9,family=Racks',
      'type=2,manufacturer=ACME,product=Board,version=1.0,serial=BS1,location=Slot 1',
      'type=3,manufacturer=ACME,version=Not Specified,serial=CS1,asset=Not Specified,sku=CHSKU',
      'type=11,value=one,value=two,, and more',
    ]);
  });

  test('is asked of no host without need, and missed where it is not shown', async () => {
    expect(await hostSmbios({ memory: 1, os: { smbios: 'sysinfo' } }, '/nowhere')).toBeUndefined();
    await expect(hostSmbios(spec, '/nowhere/DMI')).rejects.toMatchObject({ code: 'not-found' });
  });
});
