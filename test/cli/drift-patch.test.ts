import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { driftPatch } from '../../src/cli/drift-patch.ts';
import { diff } from '../../src/kinds/diff.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import { stateOf } from '../support/test-host.ts';

const spec = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: a}
spec:
  memory: 512MiB
  vcpus: {maximum: 4, current: 2}
  iothreads: 2
  devices:
    disks:
      - {name: root, file: /root.raw, format: raw, bus: virtio, iotune: {totalIopsSec: 100}}
      - {name: cd, device: cdrom, bus: sata, file: /one.iso, format: raw}
      - {name: extra, file: /extra.raw, format: raw, bus: virtio}
    interfaces: [{name: lan, type: user, model: virtio}]
    memballoon: {model: virtio}
`;
type Plain = Readonly<Record<string, unknown>>;

/** As a person merges it in: items of lists are told by their names, null takes out. */
function merged(into: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const items = (into ?? []) as readonly Plain[];
    const changes = new Map((patch as readonly Plain[]).map((one) => [one['name'], one]));
    const known = new Set(items.map(({ name }) => name));
    const kept = items.filter(({ name }) => changes.get(name)?.['$patch'] !== 'delete');
    const fresh = [...changes.values()].filter(({ name }) => !known.has(name));
    return [...kept.map((item) => merged(item, changes.get(item['name']) ?? {})), ...fresh];
  }
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Record<string, unknown> = { ...(into as Plain) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

async function declared(text: string): Promise<DomainDef> {
  const state = await stateOf({ 'a.yaml': text });
  const [found] = [...state.declared.values()];
  if (!found) throw new Error(JSON.stringify(state.diagnostics));
  return found.def as DomainDef;
}

const mib = (count: number) => count << 20;

test('what drift accept prints makes the spec want what is live', async () => {
  const before = await declared(spec);
  const { spec: wanted } = before;
  const [root, cd, extra] = wanted.devices?.disks ?? [];
  if (!root || !cd || !extra) throw new Error('no disks');
  const { file: _, format: __, ...drained } = cd;
  const { iotune: ___, ...unlimited } = root;
  const live: DomainDef = {
    ...before,
    spec: {
      ...wanted,
      currentMemory: mib(384),
      iothreads: 1,
      vcpus: { maximum: 4, current: 3 },
      devices: { ...wanted.devices, disks: [unlimited, { ...drained, tray: 'open' }] },
    },
  };
  const rows = diff(before, live).map(({ path, desired }) => ({
    path,
    ...(desired === undefined ? {} : { live: desired }),
  }));
  expect(rows.length).toBeGreaterThan(4);
  const patch = driftPatch('Domain', 'a', rows);
  const after = await declared(stringify(merged(parse(spec), parse(stringify(patch)))));
  expect(diff(after, live)).toEqual([]);
});
