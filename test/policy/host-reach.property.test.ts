import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCommandLine } from '../../src/drivers/qemu/command-line.ts';
import { renderContext } from '../../src/drivers/qemu/render-context.ts';
import { encodeName } from '../../src/host/paths.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import { touchesOf } from '../../src/kinds/touches.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { encodeXml, encodeYaml } from '../../src/manifest/encode.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { JsonSchema } from '../../src/model/json.ts';
import { isGranted } from '../../src/policy/grants.ts';
import { rulesFor } from '../../src/policy/rules-for.ts';
import { arbitraryDomain } from '../support/arbitrary-domain.ts';
import { hostReach } from '../support/host-reach.ts';
import { leafValues } from '../support/leaf-values.ts';
import { textFields } from '../support/text-fields.ts';

type Tree = { readonly [key: string]: unknown };

const source = { origin: 'https://git.example.com/vms.git#main:.', trust: 'tenant' } as const;
const rules = rulesFor(undefined, source, 'a.yaml');

/** What people write where they want more than they have. */
const hostile = [
  ...['/etc/shadow', '/dev/sda', '/dev/watchdog', '/dev/vfio/1', '/dev/kvm', '/run/qonverge/other/qmp0.sock'],
  ...[
    '/proc/1/environ',
    '/sys/power/state',
    '/var/lib/qonverge/volumes/../../../../etc/shadow',
    '/',
    '/dev/hugepages',
  ],
  ...[
    '/var/lib/qonverge/nvram/other.fd',
    '/var/lib/libvirt/images/x.qcow2',
    '/tmp/link',
    '/dev/bus/usb/001/002',
  ],
  ...['../../etc/shadow', './x', 'etc/shadow', '~/.ssh/id_rsa', 'file:/etc/shadow', 'json:{"driver":"file"}'],
  ...[
    'nbd:unix:/run/x.sock',
    'fat:rw:/etc',
    'exec:/bin/sh',
    '|/bin/sh',
    '$(id)',
    '`id`',
    ';id',
    '-monitor',
    '--help',
  ],
  ...[
    'x,file=/etc/shadow',
    'x,path=/etc/shadow',
    ',,file=/etc/shadow',
    'x,hostfwd=tcp::1-:1',
    'x=on,smb=/etc',
    '%s%n',
  ],
  ...[
    'eth0',
    'br0',
    'virbr0',
    'vnet0',
    'lo',
    '0000:00:1f.0',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '*',
    'root',
    'tcp:0:4444',
  ],
  ...[
    '1.2.3.4:80',
    'unix:/run/x.sock',
    ':/etc/localtime',
    'host',
    'on',
    'a/../../b',
    'a//b',
    'x\\y',
    "x'y",
    'x"y',
  ],
];

const least: DomainDef['spec'] = {
  memory: 64 * 1024 * 1024,
  accel: 'tcg',
  os: { type: 'hvm', machine: 'q35' },
};

function domain(more: Tree): DomainDef {
  return { kind: 'Domain', metadata: { name: 'x' }, spec: { ...least, ...more } };
}

/** Undefined: policy refuses it, or nothing can be built from it. */
function reachIfGranted(def: DomainDef): readonly string[] | undefined {
  if (
    touchesOf(def, kinds.Domain.touches).some((touch) => !isGranted(touch, rules) && touch.reach !== 'volume')
  )
    return undefined;
  try {
    return hostReach(kinds.Domain.complete(def, undefined, baselineCapabilities));
  } catch {
    return undefined;
  }
}

/** What is left of it when somebody commits it, in YAML or in XML. */
function committed(def: DomainDef): readonly DomainDef[] {
  const texts: readonly (readonly [string, () => string])[] = [
    ['a.yaml', () => encodeYaml(def, kinds)],
    ['a.xml', () => encodeXml(def, kinds)],
  ];
  return texts.flatMap(([path, text]) => {
    try {
      const { declared, diagnostics } = decodeFile({ path, text: text() }, kinds);
      const isGood = diagnostics.every(({ severity }) => severity !== 'error');
      return isGood ? declared.map((one) => one.def as DomainDef) : [];
    } catch {
      return [];
    }
  });
}

/** One of its fields or devices at a time, beside the least that a machine is. */
function features({ spec }: DomainDef): readonly Tree[] {
  const { devices = {}, memory: _, ...rest } = spec;
  return [
    ...Object.entries(rest).map(([name, value]) => ({ [name]: value })),
    ...Object.entries(devices).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((item: unknown) => ({
        devices: { [name]: Array.isArray(value) ? [item] : item },
      })),
    ),
  ];
}

/** The source of a serial port as that of a random number generator, which takes the same. */
function asEntropy({ devices = {} }: Tree): readonly Tree[] {
  const { serials = [] } = devices as { readonly serials?: readonly Tree[] };
  return serials.map((egd) => ({ devices: { rngs: [{ model: 'virtio', backend: 'egd', egd }] } }));
}

type Rebuild = (next: unknown) => unknown;

/** Every text in it, with its path as schemas have it. */
function texts(value: unknown, at: string): ReadonlyMap<string, Rebuild> {
  const found = new Map<string, Rebuild>();
  const visit = (node: unknown, path: string, rebuild: Rebuild): void => {
    if (typeof node === 'string') found.set(path, rebuild);
    else if (Array.isArray(node))
      node.forEach((item, index) => {
        visit(item, `${path}[]`, (next) => rebuild(node.with(index, next)));
      });
    else if (typeof node === 'object' && node !== null)
      for (const [key, item] of Object.entries(node))
        visit(item, path === '' ? key : `${path}.${key}`, (next) => rebuild({ ...node, [key]: next }));
  };
  visit(value, at, (next) => next);
  return found;
}

type Put = (name: string, next: unknown) => unknown;

/** Every map in it, with its path as schemas have it; to be put something into. */
function maps(value: unknown): ReadonlyMap<string, Put> {
  const found = new Map<string, Put>();
  const visit = (node: unknown, path: string, rebuild: Rebuild): void => {
    if (Array.isArray(node))
      node.forEach((item, index) => {
        visit(item, `${path}[]`, (next) => rebuild(node.with(index, next)));
      });
    else if (typeof node === 'object' && node !== null) {
      found.set(path, (name, next) => rebuild({ ...node, [name]: next }));
      for (const [key, item] of Object.entries(node))
        visit(item, path === '' ? key : `${path}.${key}`, (next) => rebuild({ ...node, [key]: next }));
    }
  };
  visit(value, '', (next) => next);
  return found;
}

function mayBeHostile({ pattern = '', maxLength = 1_000 }: JsonSchema): boolean {
  const form = new RegExp(String(pattern), 'u');
  return hostile.some((text) => text.length <= Number(maxLength) && form.test(text));
}

function expectNothing(def: DomainDef): boolean {
  const reached = reachIfGranted(def);
  if (reached === undefined) return false;
  // Most of what is put together here nobody could commit.
  for (const taken of reached.length === 0 ? [] : committed(def))
    expect({ spec: taken.spec, reached: reachIfGranted(taken) ?? [] }).toMatchObject({ reached: [] });
  return true;
}

// Long on a busy machine.
const patient = { timeout: 600_000 };

const sampled = fc.sample(arbitraryDomain(), { numRuns: 200, seed: 1 }).flatMap(features);
const pool = [...sampled, ...sampled.flatMap(asEntropy)];

test('no field of the whole schema carries anything hostile past the tenant policy', patient, () => {
  const met = new Map<string, number>();
  let built = 0;
  for (const feature of pool)
    for (const [path, put] of texts({ spec: feature }, '')) {
      const times = met.get(path) ?? 0;
      if (times >= 4) continue;
      met.set(path, times + 1);
      for (const [at, text] of hostile.entries()) {
        // All of them once, and some in other company.
        if (times > 0 && at % 8 !== times) continue;
        const { spec } = put(text) as { readonly spec: Tree };
        if (expectNothing(domain(spec))) built++;
      }
    }
  // Sizes and times are numbers by then, and short forms are the long ones.
  const missing = textFields(kinds.Domain.schema, mayBeHostile).filter(
    (path) =>
      path.startsWith('spec.') &&
      ![...met.keys()].some((known) => known === path || known.startsWith(`${path}.`)),
  );
  expect(missing).toEqual([]);
  expect(built).toBeGreaterThan(5_000);
});

test('no word, no switch and no number of the whole schema is a way past the tenant policy', patient, () => {
  const wanted = [...leafValues(kinds.Domain.schema)].filter(([path]) => path.startsWith('spec.'));
  const met = new Map<string, number>();
  let built = 0;
  for (const feature of pool)
    for (const [map, put] of maps({ spec: { ...least, ...feature } }))
      for (const [path, values] of wanted) {
        const [, parent, name = ''] = /^(.*)\.([^.[]+)(?:\[\])?$/.exec(path) ?? [];
        const times = met.get(path) ?? 0;
        if (parent !== map || times >= (typeof values[0] === 'number' ? 1 : 2)) continue;
        met.set(path, times + 1);
        for (const value of values) {
          const { spec } = put(name, path.endsWith('[]') ? [value] : value) as { readonly spec: Tree };
          if (expectNothing(domain(spec))) built++;
        }
      }
  expect(wanted.map(([path]) => path).filter((path) => !met.has(path))).toEqual([]);
  expect(built).toBeGreaterThan(700);
});

test('labels and annotations reach no argument, no variable and no file', () => {
  const words = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(...hostile));
  const lineOf = (def: DomainDef) =>
    buildCommandLine(kinds.Domain.complete(def, undefined, baselineCapabilities), renderContext('x'));
  fc.assert(
    fc.property(words, words, (labels, annotations) => {
      const plain = domain({});
      const said = { ...plain, metadata: { ...plain.metadata, labels, annotations } };
      expect(lineOf(said)).toEqual(lineOf(plain));
    }),
    { numRuns: 50 },
  );
});

test('a name is one part of a path, of every name another one', () => {
  const name = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
  );
  fc.assert(
    fc.property(name, name, (one, other) => {
      const part = encodeName(one);
      expect(part).toMatch(/^[^./\0][^/\0]*$/);
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(200);
      if (one !== other) expect(encodeName(other)).not.toBe(part);
    }),
  );
});

test('whatever is put together and passes, its machine reaches nothing of the host', patient, () => {
  let built = 0;
  fc.assert(
    fc.property(
      arbitraryDomain(),
      fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000), fc.constantFrom(...hostile)), {
        minLength: 1,
        maxLength: 4,
      }),
      (written, picks) => {
        const all = features(written);
        const some = picks.map(([pick, place, text]) => {
          const feature = all[pick % all.length] ?? {};
          const places = [...texts(feature, '').values()];
          return (places[place % (2 * places.length)]?.(text) ?? feature) as Tree;
        });
        const devices = Object.assign({}, ...some.map((one) => one['devices'] ?? {})) as Tree;
        if (expectNothing(domain({ ...Object.assign({}, ...some), devices }))) built++;
      },
    ),
    { numRuns: 150 },
  );
  expect(built).toBeGreaterThan(10);
});
