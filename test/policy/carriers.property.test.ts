import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownPaths } from '../../src/daemon.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { VolumeDef } from '../../src/model/volume.ts';
import { judgeSource } from '../../src/policy/judge.ts';
import { MemorySource } from '../../src/source/memory.ts';
import { hostReach } from '../support/host-reach.ts';

const source = { origin: 'https://git.example.com/vms.git#main:.', trust: 'tenant' } as const;
const stateDir = '/var/lib/qonverge';
const volumes = `${stateDir}/volumes`;
const top = { apiVersion: 'qonverge/v1' };

const hostile = fc.oneof(
  fc.constantFrom(
    ...['/etc/shadow', '/dev/sda', `${volumes}/other.qcow2`, `${volumes}/v.raw/../../../../../etc/shadow`],
    ...[
      `${volumes}/v.raw`,
      `${volumes}//v.raw`,
      `${volumes}/v.qcow2`,
      '../../../../etc/shadow',
      '..',
      '.',
      '/',
    ],
    ...[
      'x/../../../etc/shadow',
      '%2e%2e%2fx',
      'v\u0000',
      'v\n',
      '~root',
      'json:{"driver":"file"}',
      'nbd:x:1',
    ],
    ...['v,file=/etc/shadow', 'v', '-rf', '${name}', '${a}', '$${a}', 'v\u2215w', 'V'],
  ),
  fc.string({ maxLength: 12 }),
);
const value = fc.oneof(hostile, fc.integer(), fc.boolean(), fc.constant(null));

/** Whatever form a committed Volume, and the Domain that uses it, may have. */
const committed = fc
  .record({
    name: fc.oneof(fc.constantFrom('v', 'w-1'), hostile),
    path: fc.option(value, { nil: undefined, freq: 1 }),
    backing: fc.option(value, { nil: undefined, freq: 1 }),
    format: fc.constantFrom(undefined, 'raw', 'qcow2', 'vmdk'),
    way: fc.constantFrom('plain', 'class', 'value', 'patch'),
  })
  .map(({ name, path, backing, format, way }) => {
    const spec = (at: (text: unknown) => unknown) => ({
      capacity: '1MiB',
      ...(format === undefined ? {} : { format }),
      ...(path === undefined ? {} : { path: at(path) }),
      ...(backing === undefined ? {} : { backingFile: { path: at(backing), format: 'raw' } }),
    });
    const same = (text: unknown) => text;
    const volume = (of: object, called: string) => ({
      ...top,
      kind: 'Volume',
      metadata: { name: called },
      spec: of,
    });
    const disks = (called: unknown) => ({
      memory: '64MiB',
      accel: 'tcg',
      devices: { disks: [{ name: 'root', volume: called, bus: 'virtio', format: 'raw' }] },
    });
    const domain = (of: object) => ({ ...top, kind: 'Domain', metadata: { name: 'd' }, spec: of });
    const files: Record<string, readonly object[]> = {};
    if (way === 'plain') files['a.yaml'] = [volume(spec(same), name), domain(disks(name))];
    if (way === 'class')
      files['a.yaml'] = [
        {
          ...top,
          kind: 'DomainClass',
          metadata: { name: 'c' },
          spec: {
            parameters: { a: {}, p: { default: '/x' }, b: { default: '/x' } },
            volumes: [{ name: '${a}', spec: spec((text) => (text === path ? '${p}' : '${b}')) }],
            template: disks('${a}'),
          },
        },
        domain({
          class: 'c',
          parameters: {
            a: name,
            ...(path === undefined ? {} : { p: path }),
            ...(backing === undefined ? {} : { b: backing }),
          },
        }),
      ];
    if (way === 'value' || way === 'patch') {
      const byValue = spec((text) => (text === path ? '${p}' : '${b}'));
      const isValue = way === 'value';
      files['base/qonverge.yaml'] = [{ ...top, kind: 'Overlay', base: true }];
      files['base/a.yaml'] = isValue
        ? [volume(byValue, '${a}'), domain(disks('${a}'))]
        : [volume({ capacity: '1MiB' }, 'v'), domain(disks('v'))];
      files['qonverge.yaml'] = [
        {
          ...top,
          kind: 'Overlay',
          bases: ['base'],
          ...(isValue
            ? { values: { a: name, p: path ?? '', b: backing ?? '' } }
            : { patches: [{ target: { kind: 'Volume' }, patch: { spec: spec(same) } }] }),
        },
      ];
    }
    return Object.entries(files).map(([file, documents]) => ({
      path: file,
      text: documents.map((document) => `---\n${JSON.stringify(document)}\n`).join(''),
    }));
  });

test('whatever carries a Volume, what a tenant is granted lies below its own name', async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(committed, async (rows) => {
      const { declared } = await new MemorySource(source.origin, rows, kinds).read();
      const verdicts = judgeSource({
        policy: undefined,
        source,
        declared,
        inside: (file) => file,
        ownPaths: (key) => ownPaths(key, { stateDir, runDir: '/run/qonverge', logDir: '/var/log/qonverge' }),
        ownerOf: () => undefined,
        isHere: () => false,
      });
      for (const [text, { def }] of declared) {
        if (verdicts.has(text)) continue;
        if (def.kind === 'Domain') {
          const whole = kinds.Domain.complete(def as DomainDef, undefined, baselineCapabilities);
          expect(hostReach(whole)).toEqual([]);
          continue;
        }
        const { metadata, spec } = kinds.Volume.complete(def as VolumeDef, undefined, {
          defaultDirectory: volumes,
        });
        granted++;
        expect(metadata.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/);
        const own = [`${volumes}/${metadata.name}.raw`, `${volumes}/${metadata.name}.qcow2`];
        expect(own).toContain(spec.path);
        if (spec.backingFile) expect(own).toContain(spec.backingFile.path);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(granted).toBeGreaterThan(50);
});
