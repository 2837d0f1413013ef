import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkImages } from '../../../src/drivers/qemu/images.ts';
import { lockedImage } from '../../../src/drivers/qemu/locked-image.ts';
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
