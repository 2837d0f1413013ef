import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VolumeDef } from '../../src/model/volume.ts';
import type { ResourceRecord } from '../../src/state/records.ts';
import { Store } from '../../src/state/store.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'snapshot-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (directory: string) => Store.open({ stateDir: directory, runDir: directory, logDir: directory });

function record(name: string, capacity: number): ResourceRecord<'Volume'> {
  const def: VolumeDef = { kind: 'Volume', metadata: { name }, spec: { capacity } };
  return { key: { kind: 'Volume', name }, def, origin: { source: '/specs' }, generation: capacity };
}

type Act =
  | { readonly what: 'burst' | 'put'; readonly at: number; readonly capacity: number }
  | { readonly what: 'delete'; readonly at: number }
  | { readonly what: 'keep' | 'restart' | 'remember' | 'recall' }
  | { readonly what: 'spoil'; readonly file: string; readonly place: number; readonly how: 'cut' | 'flip' };

const at = fc.integer({ min: 0, max: 300 });
const capacity = fc.integer({ min: 1, max: 5 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('burst' as const), at, capacity }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('put' as const), at, capacity }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('delete' as const), at }) },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constantFrom('keep', 'keep', 'restart', 'remember', 'recall') }),
  },
  fc.record({
    what: fc.constant('spoil' as const),
    file: fc.constantFrom('cache/definitions', 'definitions.jsonl'),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('cut', 'flip'),
  }),
);

function spoil(path: string, place: number, how: 'cut' | 'flip'): void {
  if (!existsSync(path)) return;
  const bytes = readFileSync(path);
  const offset = Math.floor(place * (bytes.length - 1));
  if (how === 'flip') bytes[offset] = (bytes[offset] ?? 0) ^ 0x11;
  writeFileSync(path, how === 'cut' ? bytes.subarray(0, offset) : bytes);
}

/** What a store says, and what it says is wrong. */
function sayingOf(store: Store): unknown {
  return [new Map(store.entries()), store.problems.map(({ failure }) => failure.code)];
}

/** The judge has the same state directory, and no snapshot in it. */
async function expectSame(directory: string): Promise<void> {
  const judge = mkdtempSync(join(root, 'judge-'));
  const subject = mkdtempSync(join(root, 'subject-'));
  for (const copy of [judge, subject]) cpSync(directory, copy, { recursive: true });
  rmSync(join(judge, 'cache'), { recursive: true, force: true });
  expect(sayingOf(await open(subject))).toEqual(sayingOf(await open(judge)));
  for (const copy of [judge, subject]) rmSync(copy, { recursive: true });
}

test('whatever was written, cut off, changed or put back from another time: a start knows what the log says', async () => {
  const runs = fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 12 }), async (acts) => {
    const directory = mkdtempSync(join(root, 'state-'));
    const snapshot = join(directory, 'cache', 'definitions');
    const remembered = join(directory, 'remembered');
    let store = await open(directory);
    for (const one of acts) {
      if (one.what === 'burst')
        await Promise.all(
          Array.from({ length: 210 }, (_, n) => store.put(record(`v${one.at + n}`, one.capacity))),
        );
      else if (one.what === 'put') await store.put(record(`v${one.at}`, one.capacity));
      else if (one.what === 'delete') await store.delete({ kind: 'Volume', name: `v${one.at}` });
      else if (one.what === 'keep') await store.keepSnapshot();
      else if (one.what === 'remember' && existsSync(snapshot)) cpSync(snapshot, remembered);
      else if (one.what === 'recall' && existsSync(remembered)) cpSync(remembered, snapshot);
      else if (one.what === 'spoil') spoil(join(directory, one.file), one.place, one.how);
      if (one.what === 'restart' || one.what === 'spoil') {
        await expectSame(directory);
        store = await open(directory);
      }
    }
    await expectSame(directory);
    rmSync(directory, { recursive: true });
  });
  await fc.assert(runs, { numRuns: 15 });
});
