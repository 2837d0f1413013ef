import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { diff } from '../../src/kinds/diff.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { Impact } from '../../src/model/plan.ts';
import type { Def } from '../../src/model/resource.ts';
import { QemuHost } from '../support/qemu-host.ts';
import { nextSpec, type Plain, startableSpec } from '../support/startable-spec.ts';

const budget = fc.constantFrom<Impact[]>('none', 'live', 'guest');

/** What a guest could notice of the difference. */
function differs(from: Def | undefined, to: Def | undefined): string[] {
  return diff(from, to)
    .map(({ path }) => path)
    .filter((path) => kinds.Domain.impact(path) !== 'none');
}

// Guests are paused: what needs their word cannot go through, and they are not asked for long.
test('a hundred random changes of machines that run: each is live, pending or said to have failed, and none restarts', async () => {
  const host = await QemuHost.open();
  for (const file of ['d0.raw', 'd1.raw', 'd2.raw', 'one.iso', 'two.iso'])
    writeFileSync(`${host.root}/${file}`, Buffer.alloc(1 << 20));
  let machines = 0;
  let accepted = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        startableSpec(host.root),
        fc.array(fc.tuple(nextSpec(host.root), budget), { minLength: 5, maxLength: 5 }),
        async (first, changes) => {
          const name = `m${machines++}`;
          const declare = (spec: Plain) =>
            host.declare(
              name,
              stringify({ apiVersion: 'qonverge/v1', kind: 'Domain', metadata: { name }, spec }),
            );
          let spec = first;
          const { status } = await declare(spec);
          expect(status, JSON.stringify(status)).toMatchObject({ state: 'running' });
          await host.pause(name);
          let live = await host.observe(name);
          for (const [change, maxDisruption] of changes) {
            const { pid, running } = live ?? {};
            const next = change(spec);
            host.maxDisruption = maxDisruption;
            const { status: after, refused } = await declare(next);
            const told = JSON.stringify([maxDisruption, next, after]);
            live = await host.observe(name);
            expect([live?.pid, live?.runState], told).toEqual([pid, 'paused']);
            if (maxDisruption === 'none') expect(differs(running, live?.running), told).toEqual([]);
            if (refused) continue;
            spec = next;
            accepted += 1;
            if (after?.conditions.some(({ reason }) => reason === 'ProgressingWithRetry')) continue;
            const pending = new Set(after?.pending.map(({ path }) => path));
            const left = differs(live?.running, host.desired(name)).filter((path) => !pending.has(path));
            expect(left, told).toEqual([]);
          }
          host.maxDisruption = undefined;
          await declare({ ...first, terminationGracePeriod: 0, runStrategy: 'Halted' });
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
    expect(accepted).toBeGreaterThan(50);
  } finally {
    await host.dispose();
  }
});
