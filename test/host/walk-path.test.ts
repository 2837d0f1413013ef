import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTrusted } from '../../src/host/trusted-file.ts';
import { walkProblem } from '../../src/host/walk-path.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-walk-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/b/disk.img'), 'x');
  writeFileSync(join(root, 'secret'), 'x');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const walk = (path: string, writes = true) => walkProblem(join(root, path), root, writes);

describe('a path below a granted directory', () => {
  test('of plain directories and a plain file is fine, and so is one that is not there yet', async () => {
    expect(await walk('a/b/disk.img')).toBeUndefined();
    expect(await walk('a/b/new.img')).toBeUndefined();
    expect(await walk('a/new/new.img')).toBeUndefined();
    expect(await walk('')).toBeUndefined();
  });

  test('that is a link, or has one on its way, is refused: also one that leads nowhere or back inside', async () => {
    symlinkSync('/etc/shadow', join(root, 'a/link'));
    symlinkSync('/etc', join(root, 'a/dir'));
    symlinkSync(join(root, 'a/b'), join(root, 'a/inside'));
    symlinkSync('nowhere', join(root, 'a/nowhere'));
    expect(await walk('a/link')).toContain('a/link is a link');
    expect(await walk('a/dir/shadow')).toContain('a/dir is a link');
    expect(await walk('a/inside/disk.img')).toContain('a/inside is a link');
    expect(await walk('a/nowhere')).toContain('a/nowhere is a link');
  });

  test('through a directory that others may write is refused: they could put a link there later', async () => {
    chmodSync(join(root, 'a'), 0o777);
    expect(await walk('a/b/disk.img')).toMatch(/a may be written by others/);
  });

  test("to a file with a second name is refused for writing: it may be another one's", async () => {
    linkSync(join(root, 'secret'), join(root, 'a/b/two'));
    expect(await walk('a/b/two')).toContain('2 names');
    expect(await walk('a/b/two', false)).toBeUndefined();
  });

  test('to a pipe or a device is refused, to a socket it is not', async () => {
    expect(await walkProblem('/dev/null', '/dev', true)).toContain('no regular file');
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, 'a/s'), done));
    expect(await walk('a/s')).toBeUndefined();
    await new Promise((done) => server.close(done));
  });
});

describe('a file that decides what others may do', () => {
  test('is read when only its owner can write it', async () => {
    expect(await readTrusted(join(root, 'secret'))).toBe('x');
    expect(await readTrusted(join(root, 'missing'))).toBeUndefined();
  });

  test('is refused when others can write it, or when it is a link, a directory or too large', async () => {
    chmodSync(join(root, 'secret'), 0o664);
    await expect(readTrusted(join(root, 'secret'))).rejects.toThrow(/others than its owner/);
    symlinkSync('a/b/disk.img', join(root, 'link'));
    await expect(readTrusted(join(root, 'link'))).rejects.toThrow(/is a link/);
    await expect(readTrusted(root)).rejects.toThrow(/no regular file/);
    await expect(readTrusted(join(root, 'a/b/disk.img'), 0)).rejects.toThrow(/more than 0 bytes/);
  });
});
