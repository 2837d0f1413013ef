import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { DesiredState, Source } from '../../src/source/contract.ts';
import { DirectorySource } from '../../src/source/directory.ts';
import { GitSource } from '../../src/source/git/git.ts';
import { type ValuedOptions, ValuedSource } from '../../src/source/valued.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { GitRepository } from '../support/git-repository.ts';
import { until } from '../support/sandbox.ts';
import { volume } from '../support/watched-source.ts';

const soon = { kinds, clock: systemClock, log: silentLogger, settle: 50, interval: 200 };
let base: string;
let specs: string;
let file: string;
let states: DesiredState[];
let end: AbortController;
let done: Promise<void>;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'qv-values-'));
  specs = join(base, 'specs');
  mkdirSync(specs);
  mkdirSync(join(base, 'etc'));
  file = join(base, 'etc/values.yaml');
  states = [];
  end = new AbortController();
  done = Promise.resolve();
});
afterEach(async () => {
  end.abort();
  await done;
  rmSync(base, { recursive: true, force: true });
});

/** As editors and configuration tools write: never half of it. */
function give(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function follow(open: ValuedOptions['open']): Source {
  const source = new ValuedSource({ ...soon, origin: 'here', file, open });
  done = (async () => {
    for await (const state of source.changes(end.signal)) states.push(state);
  })();
  return source;
}

const inDirectory: ValuedOptions['open'] = (values) => new DirectorySource(specs, { ...soon, values });
const last = () => states.at(-1);
const declares = (...names: string[]) => {
  const wanted = names.map((name) => `Volume/${name}`).join();
  return until(
    () => last()?.complete === true && [...(last()?.declared.keys() ?? [])].sort().join() === wanted,
    () => `${wanted}, now ${JSON.stringify([...(last()?.declared.keys() ?? [])])} ${last()?.frozen}`,
  );
};
const freezes = (words: string) =>
  until(
    () => last()?.frozen?.includes(words) === true,
    () => `frozen for ${words}, now ${JSON.stringify(last()?.frozen)}`,
  );

test('other values fill the specs anew', async () => {
  writeFileSync(join(specs, 'v.yaml'), volume('"v-${site}"'));
  give('site: a\n');
  follow(inDirectory);
  await declares('v-a');
  give('apiVersion: qonverge/v1\nkind: Values\nvalues: {site: b}\n');
  await declares('v-b');
  writeFileSync(join(specs, 'w.yaml'), volume('"w-${site}"'));
  await declares('v-b', 'w-b');
});

test.each([
  ['a mistake', 'site: b\nother: [1]\n', 'values.yaml:2:8: a text, a number'],
  ['no YAML', 'site: "b\n', 'values.yaml:1:7'],
  ['no map', 'site\n', 'values.yaml:1:1: a map is needed here'],
  ['another version', 'apiVersion: v9\nkind: Values\nvalues: {}\n', 'write apiVersion: qonverge/v1'],
])('with %s what was last good holds, nothing is taken, and the place is named', async (_, text, words) => {
  writeFileSync(join(specs, 'v.yaml'), volume('"v-${site}"'));
  give('site: a\n');
  const source = follow(inDirectory);
  await declares('v-a');
  give(text);
  await freezes(words);
  expect([...(last()?.declared.keys() ?? [])]).toEqual(['Volume/v-a']);
  expect(last()).toMatchObject({ complete: false, diagnostics: [{ severity: 'error', file }] });
  expect(source.report?.()).toMatchObject({ frozen: expect.stringContaining(words), resources: 1 });
  rmSync(join(specs, 'v.yaml'));
  writeFileSync(join(specs, 'w.yaml'), volume('"w-${site}"'));
  give('site: c\n');
  await declares('w-c');
});

test('a file that is gone freezes too, and one that was never there declares nothing and removes nothing', async () => {
  writeFileSync(join(specs, 'v.yaml'), volume('"v-${site}"'));
  const source = follow(inDirectory);
  await freezes('there is no such file of values');
  expect(last()).toMatchObject({ complete: false, declared: new Map() });
  give('site: a\n');
  await declares('v-a');
  rmSync(file);
  source.rescan();
  await freezes('there is no such file of values');
  expect([...(last()?.declared.keys() ?? [])]).toEqual(['Volume/v-a']);
});

test('the same commit means something else with other values', async () => {
  const repo = new GitRepository();
  try {
    repo.write('v.yaml', volume('"v-${site}"'));
    const id = repo.publish();
    give('site: a\n');
    const directory = join(base, 'state');
    follow((values) => new GitSource({ ...soon, url: repo.bare, branch: 'main', directory, values }));
    await declares('v-a');
    give('site: b\n');
    await declares('v-b');
    expect(last()?.commit?.id).toBe(id);
    repo.write('w.yaml', volume('w'));
    repo.publish();
    await declares('v-b', 'w');
  } finally {
    end.abort();
    await done;
    repo.dispose();
  }
});
