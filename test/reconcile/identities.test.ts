import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { PolicyWall } from '../../src/reconcile/policy-wall.ts';
import { key, spec, stateOf, TestHost, text, volumeSpec } from '../support/test-host.ts';

const [ann, bob] = ['https://git.example.com/ann.git#main:.', 'https://git.example.com/bob.git#main:.'];
const uuid = '6c8f0f5c-7a3e-4a57-9d10-0c9e4a1b2c3d';
let host: TestHost;
beforeEach(async () => {
  const wall = await PolicyWall.open({
    file: join('/nonexistent', 'policy.yaml'),
    required: false,
    kinds,
    ownPaths: ({ name }) => [`/volumes/${name}.raw`],
    ownerOf: (known) => host.store.ownerOf(known),
    isHere: (known) => host.store.at(known) !== undefined,
    accepted: () => [],
  });
  host = await TestHost.open({ wall });
});
afterEach(() => host.dispose());

async function push(origin: string, ...specs: readonly string[]): Promise<void> {
  host.controller.setDesired(origin, await stateOf({ 'all.yaml': specs.join('---\n') }));
  await host.rest();
}

describe('a uuid', () => {
  test('belongs to the machine that was accepted with it, whatever another source says', async () => {
    await push(ann, spec('a', `  uuid: ${uuid}\n`));
    await push(bob, spec('b', `  uuid: ${uuid}\n`), spec('c'));
    expect(host.live('a')?.state).toBe('running');
    expect(host.live('b')).toBeUndefined();
    expect(host.store.at(text('b'))).toBeUndefined();
    expect(host.condition('b', 'Conflict')).toBe('True DomainConflict');
    expect(host.entry('b').failure?.message).toBe(`uuid ${uuid} belongs to Domain/a`);
    expect(host.live('c')?.state).toBe('running');
  });

  test('that another one has by its name alone cannot be written by hand, also while that one is stopped', async () => {
    await push(ann, spec('a', '  runStrategy: Halted\n'));
    const own = host.store.at(text('a'))?.def as { readonly spec: { readonly uuid?: string } };
    await push(bob, spec('b', `  uuid: ${own.spec.uuid}\n`));
    expect(host.entry('b').failure?.message).toContain('belongs to Domain/a');
    await host.controller.close();
    await host.start();
    await push(bob, spec('b', `  uuid: ${own.spec.uuid}\n`));
    expect(host.live('b')).toBeUndefined();
  });

  test('is free again when its machine is gone, and whoever waited for it has it at once', async () => {
    await push(ann, spec('a', `  uuid: ${uuid}\n`), spec('keeps'));
    await push(bob, spec('b', `  uuid: ${uuid}\n`));
    await push(ann, spec('keeps'));
    await host.after(5_000);
    expect(host.controller.entry(text('a'))).toBeUndefined();
    expect(host.live('b')?.state).toBe('running');
  });
});

describe('what a removed resource leaves behind', () => {
  const isForbidden = (name: string, kind: 'Domain' | 'Volume') => host.entry(name, kind).forbidden;

  test('stays of its source: nobody else takes its name, also after a restart of ours', async () => {
    await push(ann, spec('a'), volumeSpec('disk'), spec('keeps'));
    await push(ann, spec('keeps'));
    await host.after(5_000);
    expect(host.store.at('Volume/disk')).toBeUndefined();
    await host.controller.close();
    await host.start();
    await push(bob, spec('a'), volumeSpec('disk'));
    expect(isForbidden('a', 'Domain')).toContain(`Domain/a was of ${ann}, and what it left behind still is`);
    expect(isForbidden('disk', 'Volume')).toContain('Volume/disk was of');
    expect(host.live('a')).toBeUndefined();
  });

  test('is there again for its own source, and for an operator', async () => {
    await push(ann, spec('a'), spec('b'), spec('keeps'));
    await push(ann, spec('keeps'));
    await host.after(5_000);
    await push(ann, spec('a'), spec('keeps'));
    expect(host.live('a')?.state).toBe('running');
    await push('/etc/qonverge/vms', spec('b'));
    expect(host.live('b')?.state).toBe('running');
  });

  test("is nobody's when a person has let it go, or when nothing was left", async () => {
    const given = `${volumeSpec('given').trimEnd().slice(0, -1)}, reclaimPolicy: Delete}\n`;
    await push(ann, spec('a', '', ', annotations: {qonverge/prune: confirm}'), given, spec('keeps'));
    await push(ann, spec('keeps'));
    await host.after(5_000);
    await host.controller.orders.undefine(key('a'));
    await host.after(5_000);
    expect(host.store.at(text('a'))).toBeUndefined();
    await push(bob, spec('a'), volumeSpec('given'));
    expect(isForbidden('a', 'Domain')).toBeUndefined();
    expect(isForbidden('given', 'Volume')).toBeUndefined();
  });
});
