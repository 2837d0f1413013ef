import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DesiredState, SourceCondition } from '../../../src/source/contract.ts';
import type { GitSource, GitSourceOptions } from '../../../src/source/git/git.ts';
import { GitRepository, signedBy } from '../../support/git-repository.ts';
import { gitSource } from '../../support/git-source.ts';
import { volume } from '../../support/watched-source.ts';

let repo: GitRepository;
let alarms: string[];
beforeEach(() => {
  repo = new GitRepository();
  alarms = [];
});
afterEach(() => repo.dispose(), 60_000);

function open(options: Partial<GitSourceOptions> = {}): GitSource {
  return gitSource(repo, { alarm: (reason) => alarms.push(reason), ...options });
}

const look = (source: GitSource) => source.read(AbortSignal.timeout(60_000));
const names = (state: DesiredState) => [...state.declared.keys()].sort();
const condition = (source: GitSource, type: SourceCondition['type']) =>
  source.report().conditions.find((found) => found.type === type);

describe('what is read', () => {
  test('is the newest commit of the branch, below the path, and it says who made it', async () => {
    repo.write('vms/a.yaml', volume('a'));
    repo.write('vms/deep/b.yml', volume('b'));
    repo.write('vms/.hidden/c.yaml', volume('c'));
    repo.write('vms/README.md', 'x');
    repo.write('other/d.yaml', volume('d'));
    const id = repo.publish('first');
    const source = open({ path: 'vms' });
    const state = await look(source);
    expect(names(state)).toEqual(['Volume/a', 'Volume/b']);
    expect(state.complete).toBe(true);
    expect(state.declared.get('Volume/b')?.file).toBe('vms/deep/b.yml');
    expect(state.commit).toMatchObject({ id, author: 'Ann <ann@example.org>', subject: 'first' });
    expect(condition(source, 'Fetched')).toMatchObject({ status: 'True', message: id });
  });

  test('is never a work tree: nothing is checked out, and no hook and no filter of a repository runs', async () => {
    repo.write('a.yaml', volume('a'));
    repo.write('.gitattributes', '*.yaml filter=evil diff=evil\n');
    repo.write('.gitmodules', '[submodule "x"]\n\tpath = x\n\turl = ext::touch /tmp/evil\n');
    repo.publish();
    await look(open());
    const found = readdirSync(join(repo.base, 'state'), { recursive: true }) as string[];
    expect(found.filter((name) => /\.yaml$|\.gitattributes/.test(name))).toEqual([]);
    expect(readdirSync(join(repo.base, 'state/mirror.git'))).not.toContain('hooks');
  });

  test('a commit that changes one file decodes that file and nothing else', async () => {
    for (let at = 0; at < 300; at++) repo.write(`vms/v${at}.yaml`, volume(`v${at}`));
    repo.publish();
    const source = open();
    const before = await look(source);
    repo.write('vms/v7.yaml', volume('v7', '2GiB'));
    repo.remove('vms/v8.yaml');
    repo.write('vms/new.yaml', volume('new'));
    repo.publish();
    const after = await look(source);
    expect(after.declared.size).toBe(300);
    const same = [...after.declared].filter(([key, item]) => before.declared.get(key) === item);
    expect(same).toHaveLength(298);
  });

  test.each([
    [
      'objects that are empty',
      (mirror: string) =>
        execFileSync('sh', [
          '-c',
          `chmod -R u+w '${mirror}'; find '${mirror}/objects' -type f -exec truncate -s 0 {} +`,
        ]),
    ],
    [
      'a pack that is cut',
      (mirror: string) =>
        execFileSync('sh', [
          '-c',
          `chmod -R u+w '${mirror}'; truncate -s 40 '${mirror}'/objects/pack/*.pack`,
        ]),
    ],
    ['no mirror at all', (mirror: string) => rmSync(mirror, { recursive: true })],
    ['no head', (mirror: string) => rmSync(join(mirror, 'HEAD'))],
    [
      'a commit that holds, which is no commit',
      (mirror: string) => writeFileSync(join(mirror, 'refs/qonverge/current'), 'nothing\n'),
    ],
  ])('with %s the mirror is made anew, and a rewound branch still keeps what holds', async (_, damage) => {
    for (const at of [1, 2, 3]) {
      repo.write('a.yaml', volume('a', `${at}GiB`));
      repo.publish();
    }
    const first = repo.git('rev-list', '--max-parents=0', 'HEAD');
    const source = open();
    await look(source);
    damage(join(repo.base, 'state/mirror.git'));
    repo.write('b.yaml', volume('b'));
    repo.publish();
    const state = await look(source);
    expect([names(state), state.frozen]).toEqual([['Volume/a', 'Volume/b'], undefined]);
    damage(join(repo.base, 'state/mirror.git'));
    repo.git('reset', '-q', '--hard', first);
    repo.git('push', '-q', '--force', 'origin', 'HEAD:main');
    const rewound = await look(source);
    expect([names(rewound), rewound.frozen]).toEqual([
      ['Volume/a', 'Volume/b'],
      expect.stringContaining('was rewound'),
    ]);
  });

  test('a link, a submodule and a file that is too large are named, and spoil no other', async () => {
    repo.write('a.yaml', volume('a'));
    repo.write('big.yaml', `${volume('big')}#${'x'.repeat(1024 * 1024)}\n`);
    repo.write('latin.yaml', Buffer.from([0x61, 0xff, 0x0a]));
    execFileSync('ln', ['-s', '/etc/passwd', join(repo.work, 'link.yaml')]);
    repo.commit();
    repo.git('update-index', '--add', '--cacheinfo', `160000,${repo.git('rev-parse', 'HEAD')},sub`);
    repo.git('commit', '-qm', 'submodule');
    repo.push();
    const state = await look(open());
    expect(names(state)).toEqual(['Volume/a']);
    expect(state.complete).toBe(false);
    expect(state.diagnostics.map(({ code, file }) => `${code} ${file}`).sort()).toEqual([
      'file-encoding latin.yaml',
      'file-too-large big.yaml',
      'file-unreadable link.yaml',
      'file-unreadable sub',
    ]);
    expect(JSON.stringify(state)).not.toContain('root:x');
    repo.remove('link.yaml');
    repo.git('rm', '-q', '--cached', 'sub');
    repo.remove('big.yaml');
    repo.remove('latin.yaml');
    repo.publish();
    expect(await look(open())).toMatchObject({ complete: true, diagnostics: [] });
  });

  test('a file that looks like a spec and has no name for one is said to be so, and removes nothing', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    const source = open();
    await look(source);
    repo.git('mv', 'a.yaml', 'ä b.yaml');
    repo.write('_old/c.yaml', volume('c'));
    repo.publish();
    const renamed = await look(source);
    // Nothing is removed after a read that is not complete.
    expect(renamed.complete).toBe(false);
    expect(renamed.diagnostics).toMatchObject([
      { code: 'file-unreadable', file: 'ä b.yaml', message: expect.stringContaining('no name for a spec') },
    ]);
    repo.git('mv', 'ä b.yaml', 'b.yaml');
    repo.publish();
    expect(await look(source)).toMatchObject({ complete: true, diagnostics: [] });
  });

  test('names in a tree that climb out of it are refused as they come in', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    const source = open();
    await look(source);
    const blob = repo.gitInput(volume('evil'), 'hash-object', '-w', '--stdin');
    const tree = execFileSync(
      'git',
      ['-C', repo.work, 'hash-object', '-t', 'tree', '-w', '--stdin', '--literally'],
      {
        env: repo.env,
        input: Buffer.concat([Buffer.from('100644 ../../evil.yaml\0'), Buffer.from(blob, 'hex')]),
        encoding: 'utf8',
      },
    ).trim();
    const commit = repo.gitInput('evil', 'commit-tree', tree, '-p', 'HEAD');
    execFileSync('git', ['-C', repo.work, 'push', '-q', 'origin', `${commit}:main`], { env: repo.env });
    const state = await look(source);
    expect(names(state)).toEqual(['Volume/a']);
    expect(state.frozen).toMatch(/fsck|full pathnames|hasDotdot|contains/i);
  });

  test('a file name with a line end, a quote or a leading dash is no spec', async () => {
    repo.write('a.yaml', volume('a'));
    for (const name of ['line\nend.yaml', '"quote".yaml', '-o.yaml', 'tab\t.yaml'])
      repo.write(name, volume('x'));
    repo.publish();
    expect(names(await look(open()))).toEqual(['Volume/a']);
  });

  test('a bad file keeps what it last declared, until it is mended', async () => {
    repo.write('a.yaml', volume('a'));
    repo.write('b.yaml', volume('b'));
    repo.publish();
    const source = open();
    await look(source);
    repo.write('a.yaml', 'kind: [\n');
    repo.publish();
    const state = await look(source);
    expect(names(state)).toEqual(['Volume/a', 'Volume/b']);
    expect(state).toMatchObject({ complete: false });
    expect(state.problems.get('Volume/a')).toContain('a.yaml:');
    repo.write('a.yaml', volume('a'));
    repo.publish();
    expect(await look(source)).toMatchObject({ complete: true });
  });

  test('ten thousand files are read, and a second start takes them from what was kept', {
    timeout: 60_000,
  }, async () => {
    for (let at = 0; at < 10_000; at++) repo.write(`vms/${at % 100}/v${at}.yaml`, volume(`v${at}`));
    repo.publish();
    const release = 'test';
    expect((await look(open({ release }))).declared.size).toBe(10_000);
    const again = open({ release });
    expect((await look(again)).declared.size).toBe(10_000);
    repo.write('vms/1/v1.yaml', volume('v1', '3GiB'));
    repo.publish();
    const began = performance.now();
    const state = await look(again);
    expect(state.declared.get('Volume/v1')?.def.spec).toMatchObject({ capacity: 3 * 1024 ** 3 });
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('overlays', () => {
  const overlay = (text: string) => `apiVersion: qonverge/v1\nkind: Overlay\n${text}`;

  test('find their bases anywhere in the same commit, and follow them', async () => {
    repo.write('base/qonverge.yaml', overlay('base: true\n'));
    repo.write('base/v.yaml', volume('"v-${site}"'));
    repo.write('hosts/one/qonverge.yaml', overlay('bases: [../../base]\nvaluesFiles: [../../common.yaml]\n'));
    repo.write('hosts/one/own.yaml', volume('own'));
    repo.write('hosts/two/other.yaml', volume('other'));
    repo.write('common.yaml', 'apiVersion: qonverge/v1\nkind: Values\nvalues: {site: a}\n');
    repo.publish();
    const source = open({ path: 'hosts/one' });
    const first = await look(source);
    expect(first.diagnostics).toEqual([]);
    expect(names(first)).toEqual(['Volume/own', 'Volume/v-a']);
    repo.write('common.yaml', 'apiVersion: qonverge/v1\nkind: Values\nvalues: {site: b}\n');
    repo.write('base/w.yaml', volume('w'));
    repo.publish();
    expect(names(await look(source))).toEqual(['Volume/own', 'Volume/v-b', 'Volume/w']);
    repo.remove('base');
    repo.publish();
    const lost = await look(source);
    expect(lost.complete).toBe(false);
    expect(lost.diagnostics[0]).toMatchObject({
      code: 'missing-reference',
      file: 'hosts/one/qonverge.yaml',
      line: 3,
    });
    repo.remove('hosts/one/qonverge.yaml');
    repo.publish();
    expect(names(await look(source))).toEqual(['Volume/own']);
  });

  test('a base above the repository, a link and a pattern of git are no bases', async () => {
    repo.write('one/qonverge.yaml', overlay("bases: [../../etc, ../link, '../:(top)two']\n"));
    repo.write('two/qonverge.yaml', overlay('base: true\n'));
    symlinkSync('two', join(repo.work, 'link'));
    repo.publish();
    const { diagnostics, complete } = await look(open({ path: 'one' }));
    expect(complete).toBe(false);
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([
      ['outside-source', 3],
      ['missing-reference', 3],
      ['missing-reference', 3],
    ]);
  });
});

describe('what is not believed', () => {
  test('a rewound branch keeps what holds, alarms once, and goes on when it is restored', async () => {
    repo.write('a.yaml', volume('a'));
    const first = repo.publish();
    repo.write('b.yaml', volume('b'));
    const second = repo.publish();
    const source = open();
    await look(source);
    repo.git('reset', '-q', '--hard', first);
    repo.write('c.yaml', volume('c'));
    repo.commit('other history');
    repo.push('--force');
    const state = await look(source);
    expect(names(state)).toEqual(['Volume/a', 'Volume/b']);
    expect(state).toMatchObject({ complete: false, frozen: expect.stringContaining('was rewound') });
    await look(source);
    expect(alarms).toEqual(['Rewound']);
    expect(condition(source, 'Verified')).toMatchObject({ status: 'False', reason: 'Rewound' });
    // Also another process, and one whose mirror was lost, knows which commit held.
    expect(names(await look(open()))).toEqual(['Volume/a', 'Volume/b']);
    rmSync(join(repo.base, 'state/mirror.git'), { recursive: true });
    expect((await look(open())).frozen).toContain('was rewound');
    repo.git('reset', '-q', '--hard', second);
    repo.push('--force');
    expect(await look(source)).toMatchObject({ complete: true });
    expect(names(await look(open()))).toEqual(['Volume/a', 'Volume/b']);
  });

  test('a rewound branch is taken when that is allowed', async () => {
    repo.write('a.yaml', volume('a'));
    const first = repo.publish();
    repo.write('b.yaml', volume('b'));
    repo.publish();
    await look(open());
    repo.git('reset', '-q', '--hard', first);
    repo.push('--force');
    expect(names(await look(open({ allowRewind: true })))).toEqual(['Volume/a']);
  });

  test('history that was squashed away to the same files is a rewind too', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    repo.publish('again');
    await look(open());
    const squashed = repo.gitInput('squashed', 'commit-tree', repo.git('rev-parse', 'HEAD^{tree}'));
    repo.git('push', '-qf', 'origin', `${squashed}:main`);
    expect(await look(open())).toMatchObject({ frozen: expect.stringContaining('was rewound') });
  });

  test.each([
    ['a branch that was removed', () => repo.git('push', '-q', 'origin', ':main')],
    ['a repository that is gone', () => rmSync(repo.bare, { recursive: true })],
    [
      'a directory that was removed',
      () => {
        repo.remove('vms');
        repo.publish();
      },
    ],
    [
      'a branch without a single spec',
      () => {
        repo.git('rm', '-rq', '.');
        repo.write('vms/README.md', 'nothing');
        repo.publish();
      },
    ],
  ])('%s freezes, and removes nothing', async (_, spoil) => {
    repo.write('vms/a.yaml', volume('a'));
    repo.publish();
    repo.git('push', '-q', 'origin', 'HEAD:other');
    execFileSync('git', ['-C', repo.bare, 'symbolic-ref', 'HEAD', 'refs/heads/other'], { env: repo.env });
    const source = open({ path: 'vms' });
    await look(source);
    spoil();
    const state = await look(source);
    expect(state.complete).toBe(false);
    expect(state.frozen).toBeDefined();
  });

  test('a repository whose objects have sha256 names is read, and followed', async () => {
    repo.replace('sha256');
    repo.write('a.yaml', volume('a'));
    repo.publish();
    const source = open();
    await look(source);
    repo.write('b.yaml', volume('b'));
    repo.publish();
    const state = await look(source);
    expect([names(state), state.commit?.id.length]).toEqual([['Volume/a', 'Volume/b'], 64]);
  });

  test('one with sha256 names in the place of another is a rewind: what holds, holds', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    const source = open();
    await look(source);
    repo.replace('sha256');
    repo.write('z.yaml', volume('z'));
    repo.publish();
    const state = await look(source);
    expect([names(state), state.frozen]).toEqual([['Volume/a'], expect.stringContaining('sha256')]);
    expect(source.report().conditions).toContainEqual(expect.objectContaining({ reason: 'Rewound' }));
  });

  test('a mirror that is torn is fetched anew', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    await look(open());
    for (const name of readdirSync(join(repo.base, 'state/mirror.git/objects'), {
      recursive: true,
    }) as string[])
      rmSync(join(repo.base, 'state/mirror.git/objects', name), { recursive: true, force: true });
    writeFileSync(join(repo.base, 'state/mirror.git/shallow.lock'), '');
    expect(names(await look(open()))).toEqual(['Volume/a']);
  });

  test('while the server is away a restart still knows what holds', async () => {
    repo.write('a.yaml', volume('a'));
    repo.publish();
    await look(open());
    rmSync(repo.bare, { recursive: true });
    const state = await look(open());
    expect(names(state)).toEqual(['Volume/a']);
    expect(state.complete).toBe(false);
  });
});

describe('signatures by ssh', () => {
  let allowed: string;
  let key: string;
  const verify = (revoked?: string) =>
    ({ mode: 'ssh', allowedSigners: allowed, ...(revoked === undefined ? {} : { revoked }) }) as const;
  beforeEach(() => {
    key = repo.sshKey('ann');
    allowed = join(repo.base, 'allowed');
    writeFileSync(allowed, `ann@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
    repo.write('a.yaml', volume('a'));
    repo.publish('signed', { sign: signedBy(key) });
  });

  test('of an allowed key count, and their owner is shown', async () => {
    const source = open({ verify: verify() });
    expect((await look(source)).commit?.signer).toContain('ann@example.org');
    expect(condition(source, 'Verified')).toMatchObject({ status: 'True' });
  });

  test.each([
    ['no signature', () => repo.publish('unsigned')],
    ['a key that nobody allowed', () => repo.publish('stranger', { sign: signedBy(repo.sshKey('eve')) })],
    [
      'a key that had expired',
      () => {
        writeFileSync(
          allowed,
          `ann@example.org valid-before="20250101" ${readFileSync(`${key}.pub`, 'utf8')}`,
        );
        repo.publish('late', { sign: signedBy(key), at: 1_770_000_000 });
      },
    ],
  ])('with %s do not: the commit before holds on', async (_, push) => {
    const source = open({ verify: verify() });
    await look(source);
    repo.write('b.yaml', volume('b'));
    push();
    const state = await look(source);
    expect(names(state)).toEqual(['Volume/a']);
    expect(state.frozen).toContain('is not signed by anybody who counts');
    expect(alarms).toEqual(['Unverified']);
    expect(condition(source, 'Verified')).toMatchObject({ status: 'False', reason: 'Unverified' });
  });

  test('of a revoked key do not, and a signed commit on top of an unsigned one does', async () => {
    const revoked = join(repo.base, 'revoked');
    writeFileSync(revoked, readFileSync(`${key}.pub`, 'utf8'));
    const refused = await look(open({ verify: verify(revoked) }));
    expect(refused).toMatchObject({ complete: false });
    expect(refused.frozen).toContain(`of ann@example.org is named in ${revoked}`);
    repo.publish('unsigned');
    repo.publish('signed again', { sign: signedBy(key) });
    expect(await look(open({ verify: verify() }))).toMatchObject({ complete: true });
  });

  test.each([
    ['nothing', () => '', ''],
    ['no signers', () => 'hello world\n', ':1: missing key)'],
    ['a key without its owner', (line: string) => line.replace(/^\S+ /, ''), ':1: invalid key)'],
    [
      'a date that is none',
      (line: string) => line.replace(' ', ' valid-before="soon" '),
      'invalid "valid-before" time',
    ],
    [
      'a key for later',
      (line: string) => line.replace(' ', ' valid-after="20300101" '),
      'key is not yet valid',
    ],
    [
      'a key from before',
      (line: string) => line.replace(' ', ' valid-before="20250101" '),
      'key has expired',
    ],
  ])('a file of signers with %s lets nobody in, and is named with what is wrong', async (_, spoil, words) => {
    writeFileSync(allowed, spoil(readFileSync(allowed, 'utf8')));
    const state = await look(open({ verify: verify() }));
    expect(state.frozen).toMatch(/key SHA256:\S+ is not among those of/);
    expect(state.frozen).toContain(`${allowed}${words === '' ? '' : ' ('}`);
    expect(state.frozen).toContain(words);
    expect(state.diagnostics[0]?.suggestion).toContain(`mend ${allowed}`);
  });

  test('a line that is wrong takes nothing from the others, and times of validity that fit count', async () => {
    const line = readFileSync(allowed, 'utf8').replace(
      ' ',
      ' valid-after="20250101",valid-before="20300101" ',
    );
    writeFileSync(allowed, `hello\n${line}`);
    expect(await look(open({ verify: verify() }))).toMatchObject({ complete: true });
  });

  test('a first commit that nobody signed declares nothing', async () => {
    repo.publish('unsigned');
    const state = await look(open({ verify: verify() }));
    expect(names(state)).toEqual([]);
    expect(state.complete).toBe(false);
  });

  test('a missing file of signers is an error with the way out, not a pass', async () => {
    const state = await look(open({ verify: { mode: 'ssh', allowedSigners: join(repo.base, 'nobody') } }));
    expect(state.frozen).toContain('--allowed-signers');
  });
});

describe('signatures by OpenPGP', () => {
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
      env: { ...repo.env, GNUPGHOME: join(repo.base, 'gnupg') },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const signed = (who: string) => ['-c', `user.signingkey=${who}`, '-c', 'commit.gpgsign=true'];
  const keyring = (who: string) => {
    const path = join(repo.base, `${who}.asc`);
    writeFileSync(path, gpg('--export', '--armor', who));
    return { mode: 'openpgp', keyring: path } as const;
  };
  beforeEach(() => {
    execFileSync('mkdir', ['-m', '700', join(repo.base, 'gnupg')]);
    for (const who of ['ann', 'eve'])
      gpg('--quick-gen-key', `${who} <${who}@example.org>`, 'ed25519', 'sign', '0');
    repo.write('a.yaml', volume('a'));
    repo.publish('signed', { sign: signed('ann'), at: Math.floor(Date.now() / 1000) });
  });
  afterEach(() => {
    execFileSync('gpgconf', ['--kill', 'all'], { env: { ...repo.env, GNUPGHOME: join(repo.base, 'gnupg') } });
  });

  test('count when their key is in the keyring, and not otherwise', async () => {
    expect(await look(open({ verify: keyring('ann') }))).toMatchObject({ complete: true });
    repo.write('b.yaml', volume('b'));
    repo.publish('stranger', { sign: signed('eve') });
    const state = await look(open({ verify: keyring('ann') }));
    expect(names(state)).toEqual(['Volume/a']);
    expect(state.frozen).toContain('not signed by anybody who counts');
  });

  test('do not count when their key was revoked', async () => {
    const id = gpg('--list-keys', '--with-colons', 'ann').match(/^fpr:+([0-9A-F]{40})/m)?.[1] ?? '';
    const certificate = readFileSync(join(repo.base, `gnupg/openpgp-revocs.d/${id}.rev`), 'utf8').replace(
      ':-----',
      '-----',
    );
    const path = join(repo.base, 'revocation');
    writeFileSync(path, certificate);
    gpg('--import', path);
    const state = await look(open({ verify: keyring('ann') }));
    expect(state.complete).toBe(false);
    expect(state.frozen).toContain('of ann <ann@example.org> was revoked');
  });

  test('do not count when their key has expired since, whenever it signed', async () => {
    const then = join(repo.base, 'gpg-then');
    writeFileSync(then, '#!/bin/sh\nexec gpg --faked-system-time 20240105T000000 "$@"\n', { mode: 0o700 });
    const [at, who] = ['20240101T000000', 'old <old@example.org>'];
    gpg('--faked-system-time', at, '--quick-gen-key', who, 'ed25519', 'sign', '30d');
    repo.publish('then', { sign: ['-c', `gpg.program=${then}`, ...signed('old')], at: 1_704_412_800 });
    const state = await look(open({ verify: keyring('old') }));
    expect(state.frozen).toMatch(/key [0-9A-F]+ of old <old@example.org> has expired$/);
    expect(state.diagnostics[0]?.suggestion).toContain('has to be exported to');
  });

  test('a keyring without a key is a mistake of the keyring, not of the commit', async () => {
    const path = join(repo.base, 'ring');
    writeFileSync(path, 'hello\n');
    const state = await look(open({ verify: { mode: 'openpgp', keyring: path } }));
    expect(state.frozen).toBe(`--keyring ${path}: there is no OpenPGP key in it`);
    expect(state.diagnostics[0]?.suggestion).toContain('gpg --export');
  });
});

describe('bad words for a source', () => {
  test.each([
    ['ext::sh -c id', 'control characters'],
    ['ext::id', 'ext'],
    ['http://example.org/x', 'not allowed'],
    ['git://example.org/x', 'not allowed'],
    ['--upload-pack=id', 'no URL'],
    ['https://user:pass@example.org/x', 'seen by everybody'],
    ['https://token@example.org/x', 'seen by everybody'],
    ['ssh://-oProxyCommand=id/x', 'no host'],
    ['https://example.org/x?y', 'no query'],
    ['file://host/x', 'no host'],
  ])('%s is refused', (url, words) => {
    expect(() => open({ url })).toThrow(words);
  });

  test.each(['-x', '../x', 'a..b', 'a b', 'x.lock', 'a@{1}', 'refs/*', ''])(
    'branch %j is refused',
    (branch) => {
      expect(() => open({ branch })).toThrow(/branch/);
    },
  );

  test.each(['../x', 'a/../b', '.git', '-x', 'a\nb'])('path %j is refused', (path) => {
    expect(() => open({ path })).toThrow(/path/);
  });

  test('a secret in a URL stands in no error', () => {
    for (const url of ['https://user:hunter22@example.org/x', 'https://hunter22@example.org:x/y'])
      expect(() => open({ url })).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('hunter22') }),
      );
  });

  test('ssh without pinned host keys says how to get them', async () => {
    const state = await look(open({ url: 'git@example.org:vms.git' }));
    expect(state.frozen).toContain('--known-hosts');
    expect(state.diagnostics[0]?.suggestion).toContain('ssh-keyscan');
  });
});
