import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DesiredState, SourceCondition } from '../../../src/source/contract.ts';
import type { GitSource, GitSourceOptions } from '../../../src/source/git/git.ts';
import type { Logger } from '../../../src/telemetry/log.ts';
import { GitRepository } from '../../support/git-repository.ts';
import { gitSource } from '../../support/git-source.ts';
import { HttpsRepository } from '../../support/https-repository.ts';
import { volume } from '../../support/watched-source.ts';

let repo: GitRepository;
let forge: HttpsRepository;
let tokenFile: string;
/** All that the source said to anybody. */
let said: unknown[];

beforeEach(async () => {
  repo = new GitRepository();
  forge = await HttpsRepository.serve(repo);
  tokenFile = join(repo.base, 'token');
  said = [];
  giveToken(forge.token);
  repo.write('a.yaml', volume('a'));
  repo.publish();
});
afterEach(async () => {
  await forge.close();
  repo.dispose();
});

function giveToken(token: string): void {
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
}

function open({
  tokenFile: file = tokenFile,
  caFile = forge.caFile,
  ...options
}: Partial<GitSourceOptions> = {}): GitSource {
  const hear = (...words: unknown[]) => void said.push(words);
  const log: Logger = { debug: hear, info: hear, warn: hear, error: hear, child: () => log };
  return gitSource(repo, {
    url: forge.url,
    log,
    alarm: hear,
    ...(file === '' ? {} : { tokenFile: file }),
    ...(caFile === '' ? {} : { caFile }),
    ...options,
  });
}

async function look(source: GitSource): Promise<DesiredState> {
  const state = await source.read(AbortSignal.timeout(60_000));
  said.push({ ...state, declared: [...state.declared] }, source.report());
  return state;
}

const names = (state: DesiredState) => [...state.declared.keys()].sort();
const fetched = (source: GitSource): SourceCondition | undefined =>
  source.report().conditions.find(({ type }) => type === 'Fetched');

test('the right token opens a private server, and stands in no word, no argument and no environment', async () => {
  const seen: string[] = [];
  forge.meanwhile = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      for (const what of ['cmdline', 'environ'])
        try {
          seen.push(readFileSync(`/proc/${pid}/${what}`, 'utf8'));
        } catch {
          // Another one's, or gone by now.
        }
  };
  expect(names(await look(open()))).toEqual(['Volume/a']);
  expect(forge.requests).toContainEqual(
    expect.objectContaining({ credentials: `x-access-token:${forge.token}` }),
  );
  expect(seen.some((text) => text.includes('remote-https'))).toBe(true);
  expect(seen.filter((text) => text.includes(forge.token))).toEqual([]);
  expect(JSON.stringify(said)).not.toContain(forge.token);
});

test('a wrong token is said with the way out, never what it was, and the next fetch takes the new one', async () => {
  const source = open();
  await look(source);
  // The forge has expired it.
  const old = forge.token;
  forge.token = 'second-token-0123456789';
  repo.write('b.yaml', volume('b'));
  repo.publish();
  const state = await look(source);
  expect(names(state)).toEqual(['Volume/a']);
  expect(state).toMatchObject({ complete: false, frozen: expect.stringContaining('Authentication failed') });
  expect(fetched(source)).toMatchObject({
    status: 'False',
    reason: 'AccessDenied',
    suggestion: expect.stringContaining(tokenFile),
  });
  expect(forge.requests.at(-1)).toMatchObject({ credentials: `x-access-token:${old}` });
  expect(JSON.stringify(said)).not.toContain(old);
  expect(JSON.stringify(said)).not.toContain(Buffer.from(`x-access-token:${old}`).toString('base64'));

  giveToken(forge.token);
  expect(names(await look(source))).toEqual(['Volume/a', 'Volume/b']);
  expect(fetched(source)).toMatchObject({ status: 'True' });
  expect(JSON.stringify(said)).not.toContain(forge.token);
});

const after = (spoil: () => void) => (): Partial<GitSourceOptions> => {
  spoil();
  return {};
};

test.each<[string, () => Partial<GitSourceOptions>, string]>([
  ['no token', () => ({ tokenFile: '' }), '--token-file FILE'],
  ['a token file that is gone', after(() => rmSync(tokenFile)), 'there is no such file'],
  ['a token file that is empty', after(() => giveToken('')), 'its first line is empty'],
  ['a token file that others may read', after(() => chmodSync(tokenFile, 0o644)), 'chmod 600'],
  ['another name for the token', () => ({ tokenUser: 'oauth2' }), '--token-user'],
  ['an authority that nobody knows', () => ({ caFile: '' }), '--ca-file FILE'],
  ['a repository that is not there', () => ({ url: `${forge.url}-not` }), 'correct the URL'],
  ['a branch that is not there', () => ({ branch: 'other' }), 'correct --branch'],
])('%s is a condition with the way out, and declares nothing', async (_, spoil, words) => {
  const source = open(spoil());
  const state = await look(source);
  expect(names(state)).toEqual([]);
  expect(state.complete).toBe(false);
  const { status, message = '', suggestion = '' } = fetched(source) ?? {};
  expect(status).toBe('False');
  expect(`${message} ${suggestion}`).toContain(words);
  expect(JSON.stringify(said)).not.toContain(forge.token);
});

test('a redirect is not followed: the token goes to nobody else', async () => {
  forge.redirect = `https://localhost:${forge.port}`;
  const source = open();
  expect((await look(source)).complete).toBe(false);
  expect(fetched(source)).toMatchObject({
    suggestion: expect.stringContaining('redirects are not followed'),
  });
  expect(forge.requests.map(({ host }) => host)).toContain(`127.0.0.1:${forge.port}`);
  expect(forge.requests.filter(({ host }) => host.startsWith('localhost'))).toEqual([]);
});

test('a token never goes over plain http', () => {
  expect(() => open({ url: forge.url.replace('https', 'http') })).toThrow('http is not allowed');
});
