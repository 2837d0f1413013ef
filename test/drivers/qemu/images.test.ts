import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ResolvedImage } from '../../../src/drivers/qemu/command-line/context.ts';
import { checkImages, checkVariables } from '../../../src/drivers/qemu/images.ts';
import { lockedImage } from '../../../src/drivers/qemu/locked-image.ts';
import type { Os } from '../../../src/model/domain.ts';
import type { Disk } from '../../../src/model/domain-devices.ts';
import { domain } from '../../support/live-domain.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('the format of an image inside a file is looked for where the image begins', async () => {
  const file = join(root, 'sliced');
  const bytes = Buffer.alloc(8_192);
  bytes.writeUInt32BE(0x514649fb, 4_096);
  writeFileSync(file, bytes);
  const check = (offset: number) =>
    checkImages(
      domain('a', { devices: { disks: [{ file, format: 'qcow2', slice: { offset, size: 4_096 } }] } }),
      () => undefined,
    );
  await expect(check(4_096)).resolves.toEqual([]);
  await expect(check(0)).rejects.toMatchObject({ code: 'image-wrong-format' });
});

test('an image that another process holds is no fault of the spec', () => {
  const said =
    'qemu-system-x86_64: -device virtio-blk-pci: Failed to get "write" lock\nIs another process using the image [/srv/a.raw]?';
  expect(lockedImage(said)).toMatchObject({
    code: 'image-locked',
    message: 'another process uses /srv/a.raw',
  });
  expect(lockedImage('device_add: Failed to get shared "write" lock')?.code).toBe('image-locked');
  expect(lockedImage('Could not open /srv/a.raw')).toBeUndefined();
});

describe('the head of an image, which a guest may have written', () => {
  const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { cwd: root, stdio: 'pipe' });
  const at = (name: string) => join(root, name);
  const check = (disk: Disk, volumes: Record<string, ResolvedImage> = {}) =>
    checkImages(domain('a', { devices: { disks: [disk] } }), (name) => volumes[name]);

  beforeEach(() => {
    writeFileSync(at('secret'), 'of the host');
    truncateSync(at('secret'), 65_536);
    qemuImg('create', '-q', '-f', 'qcow2', '-b', at('secret'), '-F', 'raw', at('backed'));
  });

  test('names no data file', async () => {
    qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${at('other')}`, at('split'), '1M');
    for (const disk of [
      { file: at('split'), format: 'qcow2' },
      { block: at('split'), format: 'qcow2' },
      { file: at('backed'), format: 'qcow2', backingStore: { file: at('split'), format: 'qcow2' } },
    ] as const)
      await expect(check(disk)).rejects.toMatchObject({
        code: 'image-wrong-format',
        message: `${at('split')} has a data file that its spec does not name`,
      });
  });

  test('names no extents: a vmdk has its data in itself', async () => {
    qemuImg('create', '-q', '-f', 'vmdk', '-o', 'subformat=monolithicFlat', at('flat'), '1M');
    qemuImg('create', '-q', '-f', 'vmdk', at('sparse'), '1M');
    await expect(check({ file: at('sparse'), format: 'vmdk' })).resolves.toEqual([]);
    await expect(check({ file: at('flat'), format: 'vmdk' })).rejects.toMatchObject({
      message: `${at('flat')} has files of extents that its spec does not name`,
    });
    // A sparse head without a capacity is such a text as well.
    const head = Buffer.alloc(80);
    head.write('KDMV');
    writeFileSync(at('hollow'), head);
    await expect(check({ file: at('hollow'), format: 'vmdk' })).rejects.toMatchObject({
      message: `${at('hollow')} has files of extents that its spec does not name`,
    });
  });

  test('names no backing file below the last one of the chain, a volume or not', async () => {
    const message = `${at('backed')} has a backing file that its spec does not name`;
    qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', at('backed'), '-F', 'qcow2', at('top'), '64K');
    const below = { path: at('backed'), format: 'qcow2', block: false, backing: null } as const;
    const volume = { path: at('top'), format: 'qcow2', block: false, backing: below } as const;
    await expect(check({ volume: 'v' }, { v: volume })).rejects.toMatchObject({ message });
    await expect(check({ volume: 'v' }, { v: below })).rejects.toMatchObject({ message });
    const chain = { file: at('backed'), format: 'qcow2' } as const;
    await expect(check({ file: at('top'), format: 'qcow2', backingStore: chain })).rejects.toMatchObject({
      message,
    });
    const named = { file: at('secret'), format: 'raw' } as const;
    await expect(check({ volume: 'v', backingStore: named }, { v: volume })).resolves.toEqual([]);
    await expect(
      check({ file: at('top'), format: 'qcow2', backingStore: { ...chain, backingStore: named } }),
    ).resolves.toEqual([]);
  });

  test('has a directory, unless it is a BIOS of QEMU', async () => {
    const machine = (os: Os) => checkImages(domain('a', { os }), () => undefined);
    await expect(machine({ loader: { path: 'bios-256k.bin' } })).resolves.toEqual([]);
    for (const os of [
      { kernel: 'vmlinuz' },
      { loader: { path: 'code.fd', type: 'pflash' } },
      { loader: { path: 'fw/bios.bin' } },
      { nvram: { path: 'vars.fd' } },
    ] satisfies Os[])
      await expect(machine(os)).rejects.toMatchObject({
        code: 'image-missing',
        message: expect.stringContaining('has no directory'),
      });
  });

  test('names nothing where the firmware keeps its variables', async () => {
    const machine = (format: 'raw' | 'qcow2') => domain('a', { os: { nvram: { format } } });
    await expect(checkVariables(machine('raw'), at('backed'))).resolves.toBeUndefined();
    await expect(checkVariables(machine('qcow2'), at('not yet there'))).resolves.toBeUndefined();
    await expect(checkVariables(machine('qcow2'), at('backed'))).rejects.toMatchObject({
      code: 'image-wrong-format',
    });
  });
});
