import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { domain, volume, WatchedSource } from '../support/watched-source.ts';

const GiB = 1024 ** 3;
const built = resolve(import.meta.dirname, '../../dist');
let specs: WatchedSource;
beforeEach(() => {
  specs = new WatchedSource();
});
afterEach(() => specs.dispose());

describe('what is read', () => {
  test('YAML and XML below the root count, also in subdirectories; nothing else does', async () => {
    specs.write('a.yaml', volume('a'));
    specs.write('deep/er/b.yml', volume('b'));
    specs.write('c.xml', '<volume><name>c</name><capacity unit="GiB">1</capacity></volume>\n');
    for (const name of [
      'd.yaml-bak',
      '.e.yaml',
      'f.yaml~',
      '#g.yaml#',
      '4913',
      'h.yaml.swp',
      'README.md',
      '_i.yaml',
      '_old things/k.yaml',
      'no specs/README.md',
    ])
      specs.write(name, volume(`not-${name.length}`));
    specs.write('.git/j.yaml', volume('j'));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/a', 'Volume/b', 'Volume/c']);
    expect(state.diagnostics).toEqual([]);
    expect(state.complete).toBe(true);
  });

  test.each([
    ['web 1.yaml', '"web 1.yaml" is no name for a spec'],
    ['di r/x.yaml', '"di r" is no name for a spec or its directory'],
    ['café.yaml', '"café.yaml" is no name for a spec'],
    ['-x.xml', '"-x.xml" is no name for a spec'],
    ['web.YAML', 'in small letters'],
  ])('%s looks like a spec and is none: that is said, and nothing is removed', async (name, why) => {
    specs.write('a.yaml', volume('a'));
    specs.write(name, volume('odd'));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/a']);
    expect(state.complete).toBe(false);
    expect(state.diagnostics).toMatchObject([
      {
        code: 'file-unreadable',
        file: expect.stringContaining(name),
        message: expect.stringContaining(why),
      },
    ]);
  });

  test('one file can be a source, and its neighbours are none', async () => {
    const path = specs.write('a.yaml', volume('a'));
    specs.write('b.yaml', volume('b'));
    expect(specs.names(await specs.read({}, path))).toEqual(['Volume/a']);
  });

  test('a link inside the root is followed, one that leads outside is refused and removes nothing', async () => {
    specs.write('real/a.yaml', volume('a'));
    symlinkSync('real/a.yaml', join(specs.root, 'linked.yaml'));
    writeFileSync(join(specs.base, 'secret.yaml'), volume('secret'));
    symlinkSync(join(specs.base, 'secret.yaml'), join(specs.root, 'secret.yaml'));
    rmSync(join(specs.root, 'linked.yaml'));
    symlinkSync('real', join(specs.root, 'again'));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/a']);
    expect(state.complete).toBe(false);
    expect(state.diagnostics).toMatchObject([
      { code: 'file-unreadable', file: expect.stringContaining('secret.yaml') },
    ]);
  });

  test('a link that leads to itself or to its parent does not loop', async () => {
    specs.write('a.yaml', volume('a'));
    symlinkSync('.', join(specs.root, 'self'));
    symlinkSync('loop.yaml', join(specs.root, 'loop.yaml'));
    expect(specs.names(await specs.read())).toEqual(['Volume/a']);
  });

  test('a file that is too large, not UTF-8 or not a regular file is named and spoils no other', async () => {
    specs.write('a.yaml', volume('a'));
    specs.write('big.yaml', `${volume('big')}# ${'x'.repeat(1024 * 1024)}\n`);
    writeFileSync(join(specs.root, 'latin.yaml'), Buffer.from([0x61, 0xff, 0xfe, 0x0a]));
    mkdirSync(join(specs.root, 'directory.yaml'));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/a']);
    expect(state.diagnostics.map(({ code }) => code).sort()).toEqual(['file-encoding', 'file-too-large']);
    expect(state.complete).toBe(false);
  });

  test('a path that is not there is an unavailable source, not an empty one', async () => {
    const state = await specs.read({}, join(specs.base, 'nowhere'));
    expect(state).toMatchObject({ complete: false, diagnostics: [{ code: 'source-unavailable' }] });
  });

  test('one file that is mended and broken while others stand changes only itself', async () => {
    specs.write('a.yaml', volume('a'));
    specs.write(
      'b.yaml',
      'apiVersion: qonverge/v1\nkind: Volume\nmetadata: {name: b}\nspec: {capacity: lots}\n',
    );
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/a']);
    expect([...state.problems.keys()]).toEqual(['Volume/b']);
    expect(state.complete).toBe(false);
  });
});

describe('settling', () => {
  test('an atomic save is seen without waiting for the interval', async () => {
    specs.write('a.yaml', volume('a'));
    await specs.watch({ interval: 60_000 });
    const temp = specs.write('.a.yaml.tmp', volume('a', '2GiB'));
    renameSync(temp, join(specs.root, 'a.yaml'));
    await specs.until(() => specs.capacity('a') === 2 * GiB, 'the new capacity');
    expect(specs.last.complete).toBe(true);
  });

  test('a file that is written in pieces is never seen in half, though the half would parse', async () => {
    specs.write('a.yaml', volume('a', '4GiB'));
    await specs.watch();
    const text = `${volume('a', '8GiB')}---\n${volume('b', '16GiB')}`;
    for (let length = 0; length < text.length; length += 8) {
      specs.write('a.yaml', text.slice(0, length));
      await sleep(10);
    }
    specs.write('a.yaml', text);
    await specs.until(() => specs.capacity('b') === 16 * GiB, 'the whole file');
    const seen = new Set(specs.states.map((state) => String(specs.capacity('a', state))));
    expect([...seen]).toEqual([String(4 * GiB), String(8 * GiB)]);
    expect(specs.states.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });

  test('a text without a line end has to stay for longer, then it counts', async () => {
    specs.write('a.yaml', volume('a'));
    await specs.watch({ settle: 100 });
    const began = Date.now();
    specs.write('a.yaml', volume('a', '3GiB').trimEnd());
    await specs.until(() => specs.capacity('a') === 3 * GiB, 'the text without a line end');
    expect(Date.now() - began).toBeGreaterThanOrEqual(400);
  });

  test('reading once waits for a file that was written just now', async () => {
    specs.write('a.yaml', volume('a'));
    const began = Date.now();
    expect(specs.names(await specs.read({ settle: 300 }))).toEqual(['Volume/a']);
    expect(Date.now() - began).toBeGreaterThanOrEqual(250);
  });

  test('a file that never rests is named, and what it last said holds', async () => {
    specs.write('a.yaml', volume('a'));
    specs.write('b.yaml', volume('b'));
    const writer = setInterval(() => specs.write('b.yaml', volume('b', '5GiB')), 20);
    try {
      const state = await specs.read({ settle: 200 });
      expect(specs.names(state)).toEqual(['Volume/a']);
      expect(state.diagnostics).toMatchObject([{ code: 'file-unsettled' }]);
      expect(state.complete).toBe(false);
    } finally {
      clearInterval(writer);
    }
  });

  test('a burst of thousands of files is seen to the last one', async () => {
    specs.write('a.yaml', volume('a'));
    await specs.watch({ interval: 500 });
    for (let at = 0; at < 2_000; at++) specs.write(`d${at % 7}/v${at}.yaml`, volume(`v${at}`));
    await specs.until((state) => state.declared.size === 2_001, 'all of them');
  });
});

/** Nothing is unreadable for root: looks through the eyes of somebody else while a.yaml is shut. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const path = join(specs.root, 'a.yaml');
  const root = process.geteuid?.() === 0;
  chmodSync(path, 0);
  if (root) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(path, 0o644);
  }
}

test('a host that has no watch left is looked at every interval, and says so once', () => {
  const from = (file: string) => JSON.stringify(join(built, file));
  const file = specs.write('a.yaml', volume('a'));
  const script = `
    const { systemClock } = await import(${from('host/clock.js')});
    const { kinds } = await import(${from('kinds/table.js')});
    const { DirectorySource } = await import(${from('source/directory.js')});
    const { writeFileSync } = await import('node:fs');
    const said = [];
    const log = { debug() {}, info() {}, error() {}, warn: (message) => said.push(message) };
    const options = { kinds, clock: systemClock, log, settle: 20, interval: 100 };
    const source = new DirectorySource(${JSON.stringify(specs.root)}, options);
    for await (const { declared } of source.changes(AbortSignal.timeout(30_000))) {
      const capacity = declared.get('Volume/a')?.def?.spec.capacity;
      if (said.at(-1) !== capacity) said.push(capacity);
      if (capacity === ${2 * GiB}) break;
      writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(volume('a', '2GiB'))});
    }
    console.log(JSON.stringify(said));
    process.exit();
  `;
  const none = ['-e', 'trace=inotify_init1', '-e', 'inject=inotify_init1:error=EMFILE'];
  const { stdout, stderr } = spawnSync(
    'strace',
    ['-f', '-qq', '-o', '/dev/null', ...none, process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['cannot watch, rescans only', GiB, 2 * GiB]);
});

describe('what is wanted when the source is in trouble', () => {
  async function watchTwo() {
    specs.write('a.yaml', volume('a', '4GiB'));
    specs.write('sub/b.yaml', volume('b'));
    await specs.watch();
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
  }

  test('an emptied file keeps what it declared, and is an error', async () => {
    await watchTwo();
    truncateSync(join(specs.root, 'a.yaml'));
    await specs.until(({ diagnostics }) => diagnostics.length > 0, 'the error');
    expect(specs.capacity('a')).toBe(4 * GiB);
    expect(specs.last).toMatchObject({ complete: false, diagnostics: [{ code: 'file-empty' }] });
    expect(specs.last.problems.has('Volume/a')).toBe(true);
  });

  test('a broken file keeps what it last declared until it is mended', async () => {
    await watchTwo();
    specs.write('a.yaml', 'kind: [\n');
    await specs.until(({ diagnostics }) => diagnostics.length > 0, 'the error');
    expect(specs.capacity('a')).toBe(4 * GiB);
    specs.write('a.yaml', volume('a', '6GiB'));
    await specs.until(({ complete }) => complete, 'the mended file');
    expect(specs.capacity('a')).toBe(6 * GiB);
  });

  test('a file that cannot be read for a moment is read when it can', async () => {
    chmodSync(specs.base, 0o755);
    await watchTwo();
    await asNobody(async () => {
      await specs.until(({ diagnostics }) => diagnostics.length > 0, 'the error');
      expect(specs.last).toMatchObject({ complete: false, diagnostics: [{ code: 'file-unreadable' }] });
      expect(specs.capacity('a')).toBe(4 * GiB);
    });
    await specs.until(({ complete }) => complete, 'the file again');
  });

  test('a root that vanishes freezes everything, and thaws when it is back', async () => {
    await watchTwo();
    renameSync(specs.root, `${specs.root}.away`);
    await specs.until(({ frozen }) => frozen !== undefined, 'the freeze');
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
    expect(specs.last).toMatchObject({ complete: false, diagnostics: [{ code: 'source-unavailable' }] });
    renameSync(`${specs.root}.away`, specs.root);
    await specs.until(({ complete }) => complete, 'the thaw');
    expect(specs.last.diagnostics).toEqual([]);
  });

  test('a root that is emptied removes nothing', async () => {
    await watchTwo();
    rmSync(join(specs.root, 'a.yaml'));
    rmSync(join(specs.root, 'sub'), { recursive: true });
    await specs.until(({ frozen }) => frozen?.includes('is empty') === true, 'the freeze');
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
    expect(specs.last.complete).toBe(false);
  });

  test('a root that is replaced by an empty directory, as an unmounted one looks, removes nothing', async () => {
    await watchTwo();
    renameSync(specs.root, `${specs.root}.away`);
    mkdirSync(specs.root);
    await specs.until(({ frozen }) => frozen !== undefined, 'the freeze');
    await sleep(1_000);
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
    expect(specs.last.complete).toBe(false);
  });

  test('an empty directory that is mounted over the root is seen without an event, and removes nothing', async () => {
    await watchTwo();
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'none', specs.root], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    try {
      await specs.until(({ frozen }) => frozen !== undefined, 'the freeze');
      expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
      expect(specs.last.complete).toBe(false);
    } finally {
      spawnSync('umount', ['-l', specs.root]);
    }
    await specs.until(({ complete }) => complete, 'the thaw');
  });

  test('a root that is replaced by another directory is followed, also in what changes there later', async () => {
    await watchTwo();
    renameSync(specs.root, `${specs.root}.old`);
    mkdirSync(specs.root);
    specs.write('a.yaml', volume('a', '7GiB'));
    await specs.until(() => specs.capacity('a') === 7 * GiB, 'the new root');
    await specs.until((state) => state.complete && state.declared.size === 1, 'the old file counts as gone');
    const seen = specs.states.length;
    writeFileSync(join(`${specs.root}.old`, 'a.yaml'), volume('a', '9GiB'));
    specs.write('a.yaml', volume('a', '8GiB'));
    await specs.until(() => specs.capacity('a') === 8 * GiB, 'a change in the new root');
    expect(specs.states.slice(seen).map((state) => specs.capacity('a', state))).not.toContain(9 * GiB);
  });

  test('a file that is moved is no removal: what it declares is there all the time', async () => {
    await watchTwo();
    mkdirSync(join(specs.root, 'moved'));
    renameSync(join(specs.root, 'a.yaml'), join(specs.root, 'moved/a.yaml'));
    await specs.until(
      (state) => state.declared.get('Volume/a')?.file.includes('moved') === true,
      'the new place',
    );
    await sleep(800);
    expect(
      specs.states.every((state) => state.declared.has('Volume/a') && state.diagnostics.length === 0),
    ).toBe(true);
  });

  test('a file that is renamed to what is no name for a spec is said to be so, and what it declared stays', async () => {
    await watchTwo();
    renameSync(join(specs.root, 'a.yaml'), join(specs.root, 'a (copy).yaml'));
    await specs.until(({ frozen }) => frozen?.includes('a (copy).yaml') === true, 'the freeze');
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
    renameSync(join(specs.root, 'a (copy).yaml'), join(specs.root, 'c.yaml'));
    await specs.until((state) => state.complete && state.diagnostics.length === 0, 'the thaw');
    expect(specs.names()).toEqual(['Volume/a', 'Volume/b']);
  });

  test('a file that is gone is no longer wanted, and only then', async () => {
    await watchTwo();
    rmSync(join(specs.root, 'sub/b.yaml'));
    await sleep(300);
    expect(specs.names()).toContain('Volume/b');
    await specs.until((state) => !state.declared.has('Volume/b'), 'the removal');
    expect(specs.last.complete).toBe(true);
  });

  test('a swap of a `..data` link changes every file behind it at once', async () => {
    for (const [release, size] of [
      ['..r1', '1GiB'],
      ['..r2', '2GiB'],
    ] as const) {
      mkdirSync(join(specs.root, release));
      writeFileSync(join(specs.root, release, 'a.yaml'), volume('a', size));
    }
    symlinkSync('..r1', join(specs.root, '..data'));
    symlinkSync('..data/a.yaml', join(specs.root, 'a.yaml'));
    await specs.watch({ interval: 60_000 });
    expect(specs.capacity('a')).toBe(GiB);
    symlinkSync('..r2', join(specs.root, '..data_tmp'));
    renameSync(join(specs.root, '..data_tmp'), join(specs.root, '..data'));
    await specs.until(() => specs.capacity('a') === 2 * GiB, 'the other release');
  });
});

describe('what two files may not both have', () => {
  test('one name in two files is wrong in both, and each names the other', async () => {
    specs.write('a.yaml', volume('same'));
    specs.write('b.yaml', volume('same', '2GiB'));
    specs.write('c.yaml', volume('other'));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Volume/other']);
    expect(state.diagnostics).toMatchObject([
      {
        code: 'duplicate-resource',
        file: expect.stringMatching(/a\.yaml$/),
        message: expect.stringContaining('b.yaml:1'),
      },
      {
        code: 'duplicate-resource',
        file: expect.stringMatching(/b\.yaml$/),
        message: expect.stringContaining('a.yaml:1'),
      },
    ]);
  });

  test('one uuid, MAC or writable image belongs to the first by name; the other is refused', async () => {
    const spec = (mac: string, disk: string) => `  uuid: 5f0c7c1e-0d0b-4b8a-9a5f-1d8f0a3b6c11
  devices:
    disks:
      - {name: root, file: ${disk}, format: raw}
    interfaces:
      - {name: lan, type: user, mac: '${mac}'}
`;
    specs.write('z.yaml', domain('first', spec('52:54:00:00:00:01', '/i/a')));
    specs.write('a.yaml', domain('second', spec('52:54:00:00:00:02', '/i/b')));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['Domain/first']);
    expect(state.diagnostics).toMatchObject([
      { code: 'duplicate-uuid', file: expect.stringMatching(/a\.yaml$/) },
    ]);
  });

  test('so does a port of the host and the context id of a vsock, unless a person starts them in turns', async () => {
    const spec = (devices: string, runStrategy = 'Always') =>
      `  runStrategy: ${runStrategy}\n  devices: {${devices}}\n`;
    const screen = 'graphics: [{type: vnc, port: 5901}]';
    specs.write('screens.yaml', domain('s1', spec(screen)));
    specs.write('screens2.yaml', domain('s2', spec(screen)));
    specs.write(
      'console.yaml',
      domain('s3', spec('serials: [{type: tcp, mode: bind, host: 127.0.0.1, service: "5901"}]')),
    );
    specs.write('vsock.yaml', domain('v1', spec('vsock: {cid: 7}')));
    specs.write('vsock2.yaml', domain('v2', spec('vsock: {cid: 7}')));
    for (const name of ['m1', 'm2'])
      specs.write(`${name}.yaml`, domain(name, spec('graphics: [{type: vnc, port: 5902}]', 'Manual')));
    specs.write('free.yaml', domain('free', spec('graphics: [{type: vnc}]')));
    const state = await specs.read();
    expect(specs.names(state)).toEqual(['free', 'm1', 'm2', 's1', 'v1'].map((name) => `Domain/${name}`));
    const found = state.diagnostics.map(({ code, message, path }) => [
      code,
      message.replace(/ \(.*/, ''),
      path,
    ]);
    expect(found).toEqual([
      ['duplicate-port', 'port 127.0.0.1:5901 belongs to Domain/s1', 'spec.devices.graphics[0].port'],
      ['duplicate-port', 'port 127.0.0.1:5901 belongs to Domain/s1', 'spec.devices.serials[0].service'],
      ['duplicate-cid', 'cid 7 belongs to Domain/v1', 'spec.devices.vsock.cid'],
    ]);
  });
});
