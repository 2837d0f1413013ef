import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { DecodeCache } from '../../src/source/decode-cache.ts';
import { domain, volume, WatchedSource } from '../support/watched-source.ts';

let specs: WatchedSource;
beforeEach(() => {
  specs = new WatchedSource();
});
afterEach(() => specs.dispose());

const row = (name: string) =>
  [
    `${name}.yaml`,
    { signature: `1:2:${name}`, decoded: decodeFile({ path: `${name}.yaml`, text: domain(name) }, kinds) },
  ] as const;

test('what was kept comes back the same', async () => {
  const path = join(specs.base, 'deep/cache');
  await new DecodeCache(path, 'r1').save([row('a'), row('b')]);
  expect([...(await new DecodeCache(path, 'r1').load())]).toEqual([row('a'), row('b')]);
});

test('another release, a flipped bit, a cut or missing file is no cache and no error', async () => {
  const path = join(specs.base, 'cache');
  const cache = new DecodeCache(path, 'r1');
  expect((await cache.load()).size).toBe(0);
  await cache.save([row('a')]);
  expect((await new DecodeCache(path, 'r2').load()).size).toBe(0);
  const good = readFileSync(path, 'latin1');
  for (const bad of [good.replace('Domain', 'Romain'), good.slice(0, -3), '', 'x', good.replace('\n', '')]) {
    writeFileSync(path, bad, 'latin1');
    expect((await cache.load()).size).toBe(0);
  }
  writeFileSync(path, good, 'latin1');
  expect((await cache.load()).size).toBe(1);
});

test('a second start takes unchanged files from the cache, and reads what changed', async () => {
  const count = 250;
  for (let at = 0; at < count; at++) specs.write(`v${at}.yaml`, volume(`v${at}`));
  const path = join(specs.base, 'cache');
  const cache = { path, release: 'r1' };
  const first = await specs.read({ cache });
  // Only the cache knows of this name: whoever shows it did not read the file.
  const text = readFileSync(path, 'latin1');
  const head = text.slice(0, text.indexOf('\n'));
  expect(head).toMatch(/^r1 /);
  const marked = text.slice(head.length + 1).replaceAll('"\x02v7', '"\x02w7');
  const digest = createHash('sha256').update(marked, 'latin1').digest('hex');
  writeFileSync(path, `${head.replace(/[0-9a-f]{64}$/, digest)}\n${marked}`, 'latin1');
  specs.write('v8.yaml', volume('v8', '9GiB'));

  const second = await specs.read({ cache });
  expect(second.declared.has('Volume/w7')).toBe(true);
  expect(specs.capacity('v8', second)).toBe(9 * 1024 ** 3);
  expect(second.declared.size).toBe(first.declared.size);
});
