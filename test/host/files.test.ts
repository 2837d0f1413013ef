import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  copyNew,
  linkNew,
  readText,
  rotateLog,
  sweepTemps,
  tailFile,
  writeAtomic,
} from '../../src/host/files.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'qv-files-'));
  path = join(root, 'a.json');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const temps = () => readdirSync(root).filter((name) => name.endsWith('.tmp'));
const source = resolve(import.meta.dirname, '../../dist/host/files.js');

describe('writeAtomic', () => {
  test('replaces the content, leaves nothing beside it, and sets the mode whatever the umask', async () => {
    const umask = process.umask(0);
    await writeAtomic(path, 'one');
    await writeAtomic(path, 'two');
    await writeAtomic(join(root, 'b'), 'x', { mode: 0o640 });
    process.umask(umask);
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'b')).mode & 0o777).toBe(0o640);
    expect(readdirSync(root).sort()).toEqual(['a.json', 'b']);
  });

  test('keeps the previous generation when asked to, and only that one', async () => {
    for (const text of ['one', 'two', 'three']) await writeAtomic(path, text, { backup: true });
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe('two');
    expect(readdirSync(root).sort()).toEqual(['a.json', 'a.json.bak']);
  });

  test('a link in the place of the file is replaced, never followed', async () => {
    const target = join(root, 'target');
    writeFileSync(target, 'precious');
    symlinkSync(target, path);
    await writeAtomic(path, 'new');
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('many at once leave one of them, whole', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => String(at).repeat(10_000));
    await Promise.all(texts.map((text) => writeAtomic(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(temps()).toEqual([]);
  });

  test('a directory that is not there or cannot be written is a failure that names the file', async () => {
    await expect(writeAtomic(join(root, 'no', 'a'), 'x')).rejects.toMatchObject({
      code: 'state-write-failed',
      message: expect.stringContaining(join(root, 'no', 'a')),
    });
  });

  test('a full disk leaves the old content and no litter', async () => {
    const tiny = join(root, 'tiny');
    mkdirSync(tiny);
    const script = `
      const { writeAtomic } = await import(${JSON.stringify(source)});
      const { readdirSync, readFileSync } = await import('node:fs');
      await writeAtomic('${tiny}/a', 'old', { backup: true });
      const failure = await writeAtomic('${tiny}/a', 'x'.repeat(1 << 20), { backup: true }).catch((error) => error);
      console.log(JSON.stringify([failure.code, failure.message, readFileSync('${tiny}/a', 'utf8'), readdirSync('${tiny}')]));
    `;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        `mount -t tmpfs -o size=64k none '${tiny}' && exec '${process.execPath}' --input-type=module -e "$0"`,
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const [code, message, content, names] = JSON.parse(stdout) as [string, string, string, string[]];
    expect([code, content, names]).toEqual(['state-write-failed', 'old', ['a']]);
    expect(message).toMatch(/ENOSPC/);
  });

  test.each([
    ['before its data is safe', 'fsync:when=1', ['old']],
    ['at the rename', 'rename', ['old', 'new']],
    ['before the directory is safe', 'fsync:when=2', ['new']],
  ])('a writer that is killed %s leaves old or new content, and its litter is swept', async (_, at, left) => {
    await writeAtomic(path, 'old');
    const script = `
      const { writeAtomic } = await import(${JSON.stringify(source)});
      await writeAtomic(${JSON.stringify(path)}, 'new');
      console.log('survived');
    `;
    const kill = [
      '-qq',
      '-f',
      '-o',
      '/dev/null',
      '-e',
      'trace=fsync,rename',
      '-e',
      `inject=${at}:signal=KILL`,
    ];
    const node = [process.execPath, '--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync('strace', [...kill, ...node], {
      encoding: 'utf8',
      // strace counts calls thread by thread.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    expect([stdout, stderr]).toEqual(['', '']);
    expect(left).toContain(readFileSync(path, 'utf8'));
    await sweepTemps(root);
    expect(readdirSync(root)).toEqual(['a.json']);
  });
});

test('sweeping takes only what a killed writer left, never a file of the user', async () => {
  for (const name of ['.a.json.12.0123456789ab.tmp', 'a.tmp', 'mine.0123.tmp', 'a.json'])
    writeFileSync(join(root, name), '');
  await sweepTemps(root);
  expect(readdirSync(root).sort()).toEqual(['a.json', 'a.tmp', 'mine.0123.tmp']);
  await sweepTemps(join(root, 'nowhere'));
});

test('a file that is too large is refused unread, a pipe does not block', async () => {
  writeFileSync(path, 'x'.repeat(100));
  await expect(readText(path, 99)).rejects.toMatchObject({ code: 'refused' });
  expect(await readText(path, 100)).toHaveLength(100);
  const pipe = join(root, 'pipe');
  spawnSync('mkfifo', [pipe]);
  expect(await readText(pipe)).toBe('');
});

test('a name is given to a new file only, a present one stays what it is', async () => {
  writeFileSync(path, 'old');
  writeFileSync(join(root, 'new'), 'new');
  expect(await linkNew(join(root, 'new'), path)).toBe(false);
  expect(await linkNew(join(root, 'new'), join(root, 'b'))).toBe(true);
  await copyNew(join(root, 'new'), path);
  await copyNew(join(root, 'new'), join(root, 'dir', 'c'));
  expect([path, join(root, 'b'), join(root, 'dir', 'c')].map((each) => readFileSync(each, 'utf8'))).toEqual([
    'old',
    'new',
    'new',
  ]);
});

test('the end of a log is read, of one that is not there nothing', async () => {
  writeFileSync(path, `${'a'.repeat(1000)}end`);
  expect(await tailFile(path, 5)).toBe('aaend');
  expect(await tailFile(join(root, 'no'), 5)).toBe('');
});

test('a log past its bound is put aside, one below goes on', async () => {
  writeFileSync(path, 'x'.repeat(10));
  await rotateLog(path, 10);
  expect(existsSync(`${path}.1`)).toBe(false);
  await rotateLog(path, 9);
  expect(readFileSync(`${path}.1`, 'utf8')).toHaveLength(10);
  expect(existsSync(path)).toBe(false);
  await rotateLog(path, 9);
});
