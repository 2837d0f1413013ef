import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Driver, ImageUsers } from '../../../src/drivers/contract.ts';
import { createStorageDriver } from '../../../src/drivers/storage/driver.ts';
import type { VolumeAction, VolumeDef, VolumeSpec } from '../../../src/model/volume.ts';
import { Store } from '../../../src/state/store.ts';

const mib = 1024 ** 2;
const nobody: ImageUsers = { sizeSeen: async () => undefined, grow: async () => false };
const key = { kind: 'Volume', name: 'data' } as const;

let root: string;
let store: Store;
let driver: Driver<'Volume'>;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'storage-'));
  store = await Store.open({ stateDir: root, runDir: root, logDir: root });
  driver = createStorageDriver({ store, volumeDirectory: join(root, 'volumes'), users: nobody });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Accepted, as the loop does it before it acts. */
async function accept(spec: Partial<VolumeSpec> = {}): Promise<VolumeDef> {
  const path = join(root, 'volumes', 'data.img');
  const def: VolumeDef = {
    kind: 'Volume',
    metadata: { name: 'data' },
    spec: { path, format: 'raw', capacity: mib, ...spec },
  };
  await store.put({ key, def, origin: { source: '/specs' }, generation: 1 });
  return def;
}
const perform = (action: VolumeAction, signal = AbortSignal.timeout(60_000)) =>
  driver.perform(key, action, signal);
const observe = () => driver.observe(key, AbortSignal.timeout(60_000));
const pathOf = (def: VolumeDef) => def.spec.path ?? '';
const files = () => readdirSync(join(root, 'volumes'));

test.each(['raw', 'qcow2'] as const)(
  'a volume of format %s is made as large as its spec says',
  async (format) => {
    const def = await accept({ format, capacity: 3 * mib });
    expect(await observe()).toMatchObject({ exists: false });
    await perform({ type: 'create', def });
    expect(await observe()).toMatchObject({ exists: true, format, capacity: 3 * mib });
    expect(files()).toEqual(['data.img']);
  },
);

test('made once more, it is left as it is', async () => {
  const def = await accept();
  await perform({ type: 'create', def });
  writeFileSync(pathOf(def), 'a guest wrote this', { flag: 'r+' });
  const before = statSync(pathOf(def)).ino;
  await perform({ type: 'create', def });
  expect(statSync(pathOf(def)).ino).toBe(before);
  expect(readFileSync(pathOf(def), 'utf8')).toMatch(/^a guest wrote this/);
});

test('several who make it at once make one file', async () => {
  const def = await accept({ format: 'qcow2' });
  const others = [1, 2, 3].map(() =>
    createStorageDriver({ store, volumeDirectory: join(root, 'volumes'), users: nobody }),
  );
  await perform({ type: 'create', def });
  const { ino } = statSync(pathOf(def));
  await Promise.all(
    others.map((other) => other.perform(key, { type: 'create', def }, AbortSignal.timeout(60_000))),
  );
  expect(statSync(pathOf(def)).ino).toBe(ino);
  expect(files()).toEqual(['data.img']);
});

test('a file that is something else than the spec says is neither taken nor touched', async () => {
  const def = await accept({ format: 'qcow2' });
  execFileSync('mkdir', [join(root, 'volumes')]);
  writeFileSync(pathOf(def), 'somebody else needs this');
  await expect(perform({ type: 'create', def })).rejects.toMatchObject({ code: 'image-wrong-format' });
  expect(readFileSync(pathOf(def), 'utf8')).toBe('somebody else needs this');
  expect(await observe()).toMatchObject({ confusion: expect.stringContaining('cannot be read as qcow2') });
});

test('it grows with what is in it', async () => {
  const def = await accept();
  await perform({ type: 'create', def });
  writeFileSync(pathOf(def), 'contents', { flag: 'r+' });
  expect(await observe()).toMatchObject({ capacity: mib });
  await perform({ type: 'grow', def, capacity: 5 * mib });
  expect(await observe()).toMatchObject({ capacity: 5 * mib });
  expect(readFileSync(pathOf(def), 'utf8')).toMatch(/^contents/);
});

test('a smaller size is refused by qemu-img, and nothing is cut off', async () => {
  const def = await accept({ capacity: 4 * mib });
  await perform({ type: 'create', def });
  await expect(perform({ type: 'grow', def, capacity: mib })).rejects.toThrow(/shrink/);
  expect(statSync(pathOf(def)).size).toBe(4 * mib);
});

test('whoever has it open makes it grow, and qemu-img leaves it alone', async () => {
  const grown: number[] = [];
  const users: ImageUsers = {
    sizeSeen: async () => mib,
    grow: async (_path, capacity) => {
      grown.push(capacity);
      return true;
    },
  };
  driver = createStorageDriver({ store, volumeDirectory: join(root, 'volumes'), users });
  const def = await accept({ capacity: mib });
  await perform({ type: 'create', def });
  await perform({ type: 'grow', def, capacity: 2 * mib });
  expect(grown).toEqual([2 * mib]);
  expect(statSync(pathOf(def)).size).toBe(mib);
});

test('it stands on its backing file, and on no other', async () => {
  const base = join(root, 'base.raw');
  execFileSync('qemu-img', ['create', '-q', '-f', 'raw', base, '1M']);
  const backingFile = { path: base, format: 'raw' } as const;
  const def = await accept({ format: 'qcow2', backingFile, capacity: 2 * mib });
  await perform({ type: 'create', def });
  expect(await observe()).toMatchObject({ capacity: 2 * mib, backingFile });
  await accept({ format: 'qcow2', capacity: 2 * mib });
  driver = createStorageDriver({ store, volumeDirectory: join(root, 'volumes'), users: nobody });
  expect(await observe()).toMatchObject({
    confusion: expect.stringContaining('which its spec does not name'),
  });
});

test('the head of an image that a guest wrote sends nobody to other files', async () => {
  const def = await accept({ format: 'qcow2' });
  execFileSync('mkdir', [join(root, 'volumes')]);
  const other = join(root, 'other');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${other}`, pathOf(def), '1M']);
  const confusion = `${pathOf(def)} has a data file that its spec does not name`;
  expect(await observe()).toMatchObject({ confusion });
  await expect(perform({ type: 'create', def })).rejects.toMatchObject({ message: confusion });
});

test('what stands below its backing file is not looked at', async () => {
  const base = join(root, 'base.qcow2');
  const nowhere = join(root, 'nowhere');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', nowhere, '-F', 'raw', base, '1M']);
  const def = await accept({ format: 'qcow2', backingFile: { path: base, format: 'qcow2' } });
  await perform({ type: 'create', def });
  expect(await observe()).toMatchObject({ exists: true, backingFile: { path: base } });
});

test('without its backing file it is not made', async () => {
  const backingFile = { path: join(root, 'nowhere.raw'), format: 'raw' } as const;
  const def = await accept({ format: 'qcow2', backingFile });
  await expect(perform({ type: 'create', def })).rejects.toMatchObject({ code: 'image-missing' });
  expect(files()).toEqual([]);
});

test('cut off while it is made, there is no half of it', async () => {
  const def = await accept({ format: 'qcow2' });
  const gone = new AbortController();
  const making = perform({ type: 'create', def }, gone.signal);
  gone.abort();
  await expect(making).rejects.toMatchObject({ code: 'cancelled' });
  expect(existsSync(pathOf(def))).toBe(false);
  expect(files()).toEqual([]);
  await perform({ type: 'create', def });
  expect(await observe()).toMatchObject({ exists: true, capacity: mib });
});

test('a place that cannot be written says so, and leaves nothing', async () => {
  writeFileSync(join(root, 'volumes'), 'a file, where a directory should be');
  const def = await accept();
  await expect(perform({ type: 'create', def })).rejects.toThrow(/volumes/);
  expect(readFileSync(join(root, 'volumes'), 'utf8')).toBe('a file, where a directory should be');
});

test('its file goes only when the spec gave it away', async () => {
  const def = await accept();
  await perform({ type: 'create', def });
  await expect(perform({ type: 'delete' })).rejects.toMatchObject({ code: 'refused' });
  await perform({ type: 'undefine' });
  expect(existsSync(pathOf(def))).toBe(true);
  await accept({ reclaimPolicy: 'Delete' });
  await perform({ type: 'delete' });
  expect(existsSync(pathOf(def))).toBe(false);
});
