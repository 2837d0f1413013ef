import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { kinds } from '../../src/kinds/table.ts';
import { ruledBy } from '../../src/manifest/compose/units.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import type { DecodedFile } from '../../src/manifest/decoded-file.ts';
import { Composer } from '../../src/source/composer.ts';
import type { DesiredState } from '../../src/source/contract.ts';
import { DirectorySource } from '../../src/source/directory.ts';
import { type FileChange, type MergeFile, Merger } from '../../src/source/merge.ts';
import { silentLogger } from '../../src/telemetry/log.ts';
import { mergeModel } from '../support/merge-model.ts';
import { until } from '../support/sandbox.ts';

/** What files hold in these tests, of few names, so that they meet: in one name, one claim, one class, one overlay. */
const name = fc.constantFrom('a', 'b', 'c', 'd');
const mac = fc.constantFrom('52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03');
const disk = fc.record({ file: fc.constantFrom('/i/1', '/i/2', '/i/3'), readonly: fc.boolean() });
const head = (kind: string, called: string) =>
  `apiVersion: qonverge/v1\nkind: ${kind}\nmetadata: {name: ${called}}\n`;

const volume = fc
  .tuple(name, fc.integer({ min: 1, max: 3 }))
  .map(([called, size]) => `${head('Volume', called)}spec: {capacity: ${size}GiB, format: raw}\n`);
const domain = fc
  .tuple(name, fc.option(mac), fc.option(disk), fc.option(fc.constantFrom('small', 'big')))
  .map(([called, address, image, of]) => {
    const card = address ? `\n    interfaces: [{name: n, type: user, mac: "${address}"}]` : '';
    const root = image
      ? `\n    disks: [{name: r, file: ${image.file}, format: raw, readonly: ${image.readonly}}]`
      : '';
    const devices = card || root ? `\n  devices:${card}${root}` : '';
    return `${head('Domain', called)}spec:${of ? `\n  class: ${of}` : '\n  memory: 64MiB'}\n  runStrategy: Halted${devices}\n`;
  });
const xml = fc
  .tuple(name, fc.option(mac))
  .map(
    ([called, address]) =>
      `<domain type='qemu'><name>${called}</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>${
        address ? `<interface type='user'><mac address='${address}'/></interface>` : ''
      }</devices></domain>\n`,
  );
const domainClass = fc
  .tuple(fc.constantFrom('small', 'big'), fc.integer({ min: 1, max: 3 }))
  .map(([called, size]) => `${head('DomainClass', called)}template: {memory: ${size}GiB}\n`);
const bad = fc.constantFrom('a: [\n', `${head('Volume', 'a')}spec: {capasity: 1GiB}\n`, '<domain>\n');
const overlay = fc
  .tuple(fc.boolean(), fc.option(fc.constantFrom('../one', '../two')), fc.option(name))
  .map(
    ([isBase, base, patched]) =>
      `apiVersion: qonverge/v1\nkind: Overlay\nbase: ${isBase}\nvalues: {n: x}\n${base ? `bases: [${base}]\n` : ''}${
        patched
          ? `patches: [{target: {kind: Volume, name: ${patched}}, patch: {metadata: {labels: {p: y}}}}]\n`
          : ''
      }`,
  );

const plain: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.oneof(volume, domain, domain, domainClass), weight: 6 },
  { arbitrary: bad, weight: 1 },
);
const directories = fc.constantFrom('', 'one/', 'two/');
type Edit = readonly [directory: string, file: string, text: string | null];
const edited = (file: fc.Arbitrary<string>, text: fc.Arbitrary<string>, freq: number): fc.Arbitrary<Edit> =>
  fc.tuple(directories, file, fc.option(text, { freq, nil: null }));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: edited(fc.constantFrom('p.yaml', 'q.yaml', 'r.yaml', 's.yaml'), plain, 4) },
  { weight: 2, arbitrary: edited(fc.constantFrom('x.xml', 'y.xml'), fc.oneof(xml, bad), 4) },
  { weight: 1, arbitrary: edited(fc.constant('qonverge.yaml'), overlay, 1) },
);
/** What is done at once, many times. */
const history = fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

/** All that a source says of its files, comparable. */
function said({ declared, problems, diagnostics, revision, frozen }: DesiredState) {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    declared: [...declared],
    problems: [...problems].sort(byText),
    diagnostics: [...diagnostics].sort(byText),
    revision,
    frozen,
  };
}

/** A source of texts that remembers: what is decoded, composed and merged is that of before where it can be. */
class Remembering {
  readonly #files = new Map<string, MergeFile & { readonly keep: boolean; readonly text: string }>();
  readonly #composer = new Composer({ kinds, root: '' });
  readonly #merger = new Merger(kinds);

  look(texts: ReadonlyMap<string, string>): DesiredState {
    const rules = ruledBy(texts.keys());
    const changes: FileChange[] = [];
    for (const path of this.#files.keys())
      if (!texts.has(path) && this.#files.delete(path)) changes.push([path, undefined]);
    for (const [path, text] of texts) {
      const known = this.#files.get(path);
      const keep = rules(path);
      if (known?.text === text && known.keep === keep) continue;
      const decoded = decodeFile({ path, text, keep }, kinds);
      const lastGood = isGood(decoded) ? decoded.declared : known?.lastGood;
      const file = { path, decoded, keep, text, ...(lastGood ? { lastGood } : {}) };
      this.#files.set(path, file);
      changes.push([path, file]);
    }
    return this.#merger.update(
      this.#composer.update(
        changes,
        () => this.#files.values(),
        (file) => ({ file }),
      ),
    );
  }
}

function isGood({ diagnostics }: DecodedFile): boolean {
  return diagnostics.every(({ severity }) => severity !== 'error');
}

function apply(texts: Map<string, string>, edits: readonly Edit[]): void {
  for (const [directory, file, text] of edits) {
    if (text === null) texts.delete(directory + file);
    else texts.set(directory + file, text);
  }
}

/** Takes away what is wrong, until nothing is. */
function mend(texts: Map<string, string>, root = ''): DesiredState {
  for (;;) {
    const state = new Remembering().look(texts);
    const wrong = state.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ file }) => file ?? '');
    if (wrong.length === 0) return state;
    for (const file of wrong) texts.delete(file.slice(root.length));
  }
}

test('whatever is edited, added and removed, what is remembered equals what is read afresh', () => {
  let compared = 0;
  let held = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const texts = new Map<string, string>();
      const remembering = new Remembering();
      for (const edits of steps) {
        apply(texts, edits);
        const state = remembering.look(texts);
        const fresh = new Remembering().look(texts);
        // What is bad keeps what was good: only who was there knows that.
        if (fresh.diagnostics.length === 0 && ++compared) expect(said(state)).toEqual(said(fresh));
        else if (state.declared.size > fresh.declared.size) held++;
      }
      mend(texts);
      expect(said(remembering.look(texts))).toEqual(said(new Remembering().look(texts)));
    }),
    { numRuns: 200 },
  );
  expect(compared).toBeGreaterThan(50);
  expect(held).toBeGreaterThan(10);
});

test('the merge that remembers says at each step what the plain one says', () => {
  let wrong = 0;
  const file = fc.tuple(
    fc.constantFrom('p.yaml', 'q.yaml', 'r.yaml', 's.yaml', 't.yaml'),
    fc.option(fc.oneof(volume, domain, domain, bad), { freq: 5, nil: null }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(file, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
      (steps) => {
        const merger = new Merger(kinds);
        const files = new Map<string, MergeFile>();
        for (const edits of steps) {
          const changes = edits.map(([path, text]): FileChange => {
            const decoded = text === null ? undefined : decodeFile({ path, text }, kinds);
            const lastGood = decoded && (isGood(decoded) ? decoded.declared : files.get(path)?.lastGood);
            const found = decoded && { path, decoded, ...(lastGood ? { lastGood } : {}) };
            if (found) files.set(path, found);
            else files.delete(path);
            return [path, found];
          });
          const state = merger.update(changes);
          const sorted = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
          const model = mergeModel(sorted, kinds);
          expect([...state.declared]).toEqual([...model.declared].sort(([a], [b]) => (a < b ? -1 : 1)));
          expect(new Map(state.problems)).toEqual(model.problems);
          expect(new Set(state.diagnostics.map((one) => JSON.stringify(one)))).toEqual(
            new Set(model.diagnostics.map((one) => JSON.stringify(one))),
          );
          expect(state.complete).toBe(files.size > 0 && !model.bad);
          if (model.bad) wrong++;
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(wrong).toBeGreaterThan(100);
});

test('a directory that is only listened to ends as one that is read afresh', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
      async (steps) => {
        const root = mkdtempSync(join(tmpdir(), 'qv-hints-'));
        const ended = new AbortController();
        const options = { kinds, clock: systemClock, log: silentLogger, settle: 1 };
        // Nothing but what the kernel says makes it look.
        const source = new DirectorySource(root, { ...options, interval: 3_600_000 });
        let last: DesiredState | undefined;
        const following = (async () => {
          for await (const state of source.changes(ended.signal)) last = state;
        })();
        const texts = new Map<string, string>();
        const write = () => {
          for (const [path, text] of texts) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), text);
          }
        };
        try {
          await until(() => last !== undefined, 'a first look', 30_000);
          for (const edits of steps) {
            apply(texts, edits);
            write();
            for (const [directory, file] of edits)
              if (!texts.has(directory + file)) rmSync(join(root, directory, file), { force: true });
            await systemClock.sleep(20);
          }
          const before = [...texts.keys()];
          mend(texts);
          // Something has to be there: an emptied source is frozen.
          texts.set('last.yaml', `${head('Volume', 'last')}spec: {capacity: 1GiB, format: raw}\n`);
          for (const path of before) if (!texts.has(path)) rmSync(join(root, path));
          write();
          const fresh = await new DirectorySource(root, options).read(AbortSignal.timeout(60_000));
          await until(
            () => last !== undefined && JSON.stringify(said(last)) === JSON.stringify(said(fresh)),
            () => `the same as afresh: ${JSON.stringify([last && said(last), said(fresh)])}`,
            60_000,
          );
        } finally {
          ended.abort();
          await following;
          rmSync(root, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 8 },
  );
});
