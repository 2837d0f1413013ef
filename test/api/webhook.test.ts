import { createHmac } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveWebhook } from '../../src/api/webhook.ts';
import { runDaemon } from '../../src/daemon.ts';
import { acquireLock } from '../../src/host/lock.ts';
import { type Logger, silentLogger } from '../../src/telemetry/log.ts';

const secret = 'a-secret-of-some-length';
const body = JSON.stringify({ ref: 'refs/heads/main' });
const hmac = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex');
let base: string;
let woken: string[];
let hook: Awaited<ReturnType<typeof serveWebhook>>;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'qv-hook-'));
  writeFileSync(join(base, 'secret'), `${secret}\n`, { mode: 0o600 });
  woken = [];
  const sources = ['https://h/a.git#main:.', 'https://h/a.git#other:.', '/etc/qonverge/vms'].map(
    (origin) => ({
      source: { origin, rescan: () => void woken.push(origin) },
    }),
  );
  hook = await serveWebhook(
    { listen: '127.0.0.1:0', secretFile: join(base, 'secret') },
    sources,
    silentLogger,
  );
});
afterEach(async () => {
  await hook.close();
  rmSync(base, { recursive: true });
});

function send(headers: Record<string, string>, text = body, method = 'POST'): Promise<number> {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port: hook.port, method, headers }, (response) => {
      response.resume();
      response.once('end', () => done(response.statusCode ?? 0));
    });
    call.once('error', fail);
    call.end(method === 'POST' ? text : undefined);
  });
}

const standard = (stamp: string) =>
  `v1,${createHmac('sha256', secret).update(`id.${stamp}.${body}`).digest('base64')}`;

describe('a push', () => {
  test.each([
    ['GitHub', { 'x-hub-signature-256': `sha256=${hmac(body)}` }],
    ['Gitea', { 'x-gitea-signature': hmac(body) }],
    ['GitLab by its token', { 'x-gitlab-token': secret }],
    ['GitLab, signed', { 'webhook-id': 'id', 'webhook-timestamp': '7', 'webhook-signature': standard('7') }],
  ])('of %s wakes the sources of its branch, and only them', async (_, headers) => {
    expect(await send(headers)).toBe(202);
    expect(woken).toEqual(['https://h/a.git#main:.']);
  });

  test.each([
    ['without a signature', {}],
    ['with another secret', { 'x-hub-signature-256': `sha256=${hmac(body, 'another')}` }],
    ['with the signature of another text', { 'x-gitea-signature': hmac('{}') }],
    ['with half a signature', { 'x-hub-signature-256': 'sha256=' }],
    ['with another token', { 'x-gitlab-token': 'guess' }],
    [
      'with a right token beside a wrong signature',
      { 'x-hub-signature-256': 'sha256=00', 'x-gitlab-token': secret },
    ],
  ])('%s wakes nobody', async (_, headers) => {
    expect(await send(headers as Record<string, string>)).toBe(401);
    expect(woken).toEqual([]);
  });

  test('that is too large, no POST or no JSON does no harm', async () => {
    expect(await send({}, 'x'.repeat(3 * 1024 * 1024)).catch(() => 413)).toBe(413);
    expect(await send({}, '', 'GET')).toBe(405);
    expect(await send({ 'x-gitea-signature': hmac('payload=%7B') }, 'payload=%7B')).toBe(202);
    expect(woken).toHaveLength(2);
  });
});

test('many that do not count are said once, and those that do are heard all the same', async () => {
  const said: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (...words) => void said.push(words), child: () => log };
  const other = await serveWebhook({ listen: '127.0.0.1:0', secretFile: join(base, 'secret') }, [], log);
  const mine = hook;
  hook = other;
  try {
    for (let at = 0; at < 20; at++) expect(await send({ 'x-gitea-signature': 'guess' })).toBe(401);
    expect(await send({ 'x-gitea-signature': hmac(body) })).toBe(202);
    expect(said).toHaveLength(1);
  } finally {
    hook = mine;
    await other.close();
  }
});

test.each([
  [
    'a secret that others may read',
    () => chmodSync(join(base, 'secret'), 0o644),
    /chmod 600|others than its owner/,
  ],
  ['a secret that can be guessed', () => writeFileSync(join(base, 'secret'), 'short'), /shorter than 16/],
  ['no secret', () => rmSync(join(base, 'secret')), /there is no/],
])('%s is refused', async (_, spoil, words) => {
  spoil();
  await expect(
    serveWebhook({ listen: '127.0.0.1:0', secretFile: join(base, 'secret') }, [], silentLogger),
  ).rejects.toThrow(words);
});

test.each(['9470', 'x:y', '127.0.0.1:99999', ''])('to listen on %j is refused', async (listen) => {
  await expect(serveWebhook({ listen, secretFile: join(base, 'secret') }, [], silentLogger)).rejects.toThrow(
    /no address/,
  );
});

test('a daemon whose webhook cannot be served ends, and holds nothing any more', async () => {
  const [stateDir, runDir, logDir] = ['s', 'r', 'l'].map((name) => join(base, name)) as [
    string,
    string,
    string,
  ];
  const daemon = runDaemon(
    {
      sources: [{ directory: base }],
      webhook: { listen: '127.0.0.1:0', secretFile: join(base, 'nothing') },
    },
    {
      uri: 'test:///default',
      paths: { stateDir, runDir, logDir },
      log: silentLogger,
      prune: true,
      interval: 60_000,
    },
    new AbortController().signal,
  );
  await expect(daemon).rejects.toMatchObject({ suggestion: expect.stringContaining('openssl rand') });
  acquireLock(join(runDir, 'lock')).release();
});
