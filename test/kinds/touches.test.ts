import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { ruleAt, touchesOf } from '../../src/kinds/touches.ts';
import type { JsonSchema } from '../../src/model/json.ts';

/** Every path of a schema with its own node; an element that holds itself is entered once. */
function pathsOf(
  schema: JsonSchema,
  root = schema,
  at = '',
  seen: readonly string[] = [],
): [string, JsonSchema][] {
  const reference = schema['$ref'] as string | undefined;
  if (reference !== undefined) {
    const name = reference.split('/').at(-1) ?? '';
    const definition = (root['$defs'] as Record<string, JsonSchema>)[name];
    return definition && !seen.includes(name) ? pathsOf(definition, root, at, [...seen, name]) : [];
  }
  const found: [string, JsonSchema][] = [];
  for (const branch of [...((schema['anyOf'] ?? schema['oneOf'] ?? []) as JsonSchema[])])
    found.push(...pathsOf(branch, root, at, seen));
  for (const [name, child] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)) {
    const path = at === '' ? name : `${at}.${name}`;
    found.push([path, child], ...pathsOf(child, root, path, seen));
  }
  if (schema['items']) found.push(...pathsOf(schema['items'] as JsonSchema, root, `${at}[]`, seen));
  return found;
}

/** Names that stand for something of the host. */
const smell =
  /^(path|file|block|dir|directory|source|socket|listen|host|bridge|network|portgroup|template|emulator|kernel|initrd|dtb|romFile|rom|logFile|script|secret|volume|pool|cpuset|nodeset|cid|uid|gid|url|server|dataFile|slic|table|args?|arguments|env|commandline)$/i;

describe.each(Object.values(kinds).filter(({ touches }) => touches))(
  'the touches of $kind',
  ({ schema, touches }) => {
    const table = touches ?? { rules: {}, closed: [] };
    const paths = pathsOf(schema);

    test('every field that takes an absolute path, or is named like something of the host, has a row', () => {
      const bare = paths.filter(([path, node]) => {
        const isPath = String(node['pattern'] ?? '').includes('\\.{1,2}(/|$)');
        const rule = ruleAt(table, path);
        // A map or a list whose members have rows of their own.
        if (Object.keys(table.rules).some((row) => row.startsWith(`${path}.`) || row.startsWith(`${path}[]`)))
          return false;
        if (isPath) return rule === undefined || rule === 'harmless';
        return smell.test(path.split('.').at(-1) ?? '') && !path.startsWith('metadata') && rule === undefined;
      });
      expect(bare.map(([path]) => path)).toEqual([]);
    });

    test('what is new in a closed map has a row: otherwise tenants cannot use it', () => {
      const bare = paths.filter(([path]) => {
        const parent = path.split('.').slice(0, -1).join('.');
        const inside = Object.keys(table.rules).some(
          (row) => row === path || row.startsWith(`${path}.`) || row.startsWith(`${path}[`),
        );
        return table.closed.includes(parent) && !inside;
      });
      expect(bare.map(([path]) => path)).toEqual([]);
    });

    test('every row stands on a field that exists', () => {
      const known = new Set(paths.flatMap(([path]) => [path, `${path}[]`]));
      expect(Object.keys(table.rules).filter((row) => !known.has(row) && row !== 'metadata')).toEqual([]);
    });
  },
);

describe('a definition', () => {
  const { touches } = kinds.Domain;
  const of = (spec: object) =>
    touchesOf({ kind: 'Domain', metadata: { name: '/n' }, spec }, touches).map(({ reach, path, value }) => [
      reach,
      path,
      value,
    ]);

  test('reaches by its firmware the images of QEMU, and the servers of its variables', () => {
    const vars = { protocol: 'nbd', hosts: [{ name: 'h', port: 1 }] };
    const at = (os: object) => of({ memory: 1, os });
    expect(at({ loader: { path: 'bios.bin' } })).toEqual([
      ['firmware', 'spec.os.loader.path', '/usr/share/qemu/bios.bin'],
    ]);
    expect(at({ loader: { path: 'code.fd', type: 'pflash' } })).toEqual([
      ['firmware', 'spec.os.loader.path', 'code.fd'],
    ]);
    expect(at({ nvram: { network: vars } })).toEqual([['connect', 'spec.os.nvram.network', 'h:1']]);
    expect(at({ nvram: { network: vars, format: 'qcow2' } })).toContainEqual([
      'resource',
      'spec.os.nvram.network',
      'remote-formats',
    ]);
  });

  test('reaches by its disks, their chains, its firmware and its ports', () => {
    expect(
      of({
        memory: 1,
        emulator: '/usr/bin/qemu-system-x86_64',
        os: { kernel: '/k', nvram: { path: '/n', template: '/t' }, cmdline: '/not a path' },
        devices: {
          disks: [
            { file: '/a', backingStore: { file: '/b', backingStore: { block: '/dev/c' } } },
            { device: 'cdrom', file: '/iso' },
            { volume: 'v' },
          ],
          serials: [{ type: 'dev', path: '/dev/ttyS0', logFile: '/log' }, { type: 'pty' }],
          consoles: [{ type: 'tcp', mode: 'bind', host: '0.0.0.0', service: '4444' }],
          interfaces: [{ type: 'bridge', bridge: 'br0', target: 'vnet7' }, { type: 'user' }],
        },
      }),
    ).toEqual([
      ['emulator', 'spec.emulator', '/usr/bin/qemu-system-x86_64'],
      ['kernel', 'spec.os.kernel', '/k'],
      ['nvram', 'spec.os.nvram.path', '/n'],
      ['firmware', 'spec.os.nvram.template', '/t'],
      ['image', 'spec.devices.disks[0].file', '/a'],
      ['image', 'spec.devices.disks[0].backingStore.file', '/b'],
      ['block-device', 'spec.devices.disks[0].backingStore.backingStore.block', '/dev/c'],
      ['iso', 'spec.devices.disks[1].file', '/iso'],
      ['volume', 'spec.devices.disks[2].volume', 'v'],
      ['char-device', 'spec.devices.serials[0]', '/dev/ttyS0'],
      ['log', 'spec.devices.serials[0]', '/log'],
      ['listen', 'spec.devices.consoles[0]', '0.0.0.0:4444'],
      ['bridge', 'spec.devices.interfaces[0].bridge', 'br0'],
      ['resource', 'spec.devices.interfaces[1]', 'host-loopback'],
    ]);
  });

  test('reaches what a host has little of, or shows to others', () => {
    expect(
      of({
        memory: 1,
        launchSecurity: { type: 'sev', policy: 1 },
        devices: {
          memories: [
            { model: 'sgx-epc', size: 1 },
            { model: 'dimm', size: 1, nodeMask: '0', pageSize: 2097152 },
          ],
          videos: [{ model: 'virtio', driver: 'vhostuser' }],
          graphics: [{ type: 'spice', tlsPort: 5901 }],
          serials: [{ type: 'tcp', mode: 'bind', host: '127.0.0.1', service: '1', tls: true }],
          disks: [{ network: { protocol: 'nbd', hosts: [{ name: 'h', port: 1 }], tls: true } }],
        },
      }).map(([reach, , value]) => `${reach} ${value}`),
    ).toEqual([
      'resource launch-security',
      'resource enclave-memory',
      'resource numa-placement',
      'resource hugepages',
      'resource vhost-user-gpu',
      'resource host-certificates',
      'resource host-certificates',
      'listen 127.0.0.1:1',
      'connect h:1',
      'resource host-certificates',
    ]);
    expect(of({ devices: { memories: [{ model: 'dimm', size: 1, pageSize: 4096 }] } })).toEqual([]);
  });

  test('reaches what nobody has judged where a field, a device or a path is in no table', () => {
    expect(of({ memory: 1, brandNew: { x: 1 } })).toEqual([['unlisted', 'spec.brandNew', 'brandNew']]);
    expect(of({ devices: { hostThings: [{}] } })).toEqual([
      ['unlisted', 'spec.devices.hostThings', 'hostThings'],
    ]);
    expect(of({ devices: { disks: [{ cache: '/etc/shadow' }] } })).toEqual([
      ['unlisted', 'spec.devices.disks[0].cache', '/etc/shadow'],
    ]);
    expect(of({ devices: { serials: [{ type: 'pty', tlsFile: '/etc/shadow' }] } })).toEqual([
      ['unlisted', 'spec.devices.serials[0]', '/etc/shadow'],
    ]);
  });

  test('of a kind without a table reaches what nobody has judged', () => {
    expect(touchesOf({}, undefined)).toMatchObject([{ reach: 'unlisted' }]);
  });
});
