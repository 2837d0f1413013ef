import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** Who may import whom: docs/architecture.md as data. A room may always import itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  xml: ['model'],
  kinds: ['model', 'xml'],
  plan: ['model', 'kinds'],
  manifest: ['model', 'xml', 'kinds'],
  policy: ['model', 'kinds', 'manifest'],
  telemetry: ['model'],
  host: ['model', 'telemetry'],
  qmp: ['model', 'host', 'telemetry'],
  state: ['model', 'host'],
  source: ['model', 'manifest', 'kinds', 'host', 'telemetry'],
  drivers: ['model', 'kinds', 'host', 'qmp', 'state', 'telemetry'],
  reconcile: [
    'model',
    'kinds',
    'plan',
    'policy',
    'manifest',
    'drivers/contract.ts',
    'source/contract.ts',
    'state',
    'telemetry',
    'host',
  ],
  api: [
    'model',
    'kinds',
    'manifest',
    'plan',
    'reconcile',
    'source',
    'state',
    'telemetry',
    'host',
    'drivers/contract.ts',
  ],
};
/** What only the door to the machine may open. */
const machine = /^(node:(child_process|fs|fs\/promises|net|worker_threads)|execa)$/;
/** Rooms at the edge that read files for people, and the roots that put everything together. */
const edge = /^(cli\/|main\.ts|daemon\.ts|decode-worker\.ts)/;
const pure = /^(model|xml|kinds|plan|policy|manifest)\//;
const packagesOfPureRooms: Readonly<Record<string, readonly string[]>> = {
  xml: ['saxes'],
  manifest: ['yaml'],
  kinds: ['croner'],
};

interface Import {
  readonly from: string;
  /** Below src, or a package. */
  readonly to: string;
}

function files(directory = src): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(directory, entry.name)) : [relative(src, join(directory, entry.name))],
  );
}

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'\)/g)].map(
    (found) => {
      const name = found[1] ?? found[2] ?? '';
      return {
        from: file,
        to: name.startsWith('.') ? relative(src, resolve(src, dirname(file), name)) : name,
      };
    },
  );
}

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

/** Why an import may not stand; undefined: it may. */
function refusal({ from, to }: Import): string | undefined {
  const room = roomOf(from);
  const internal = to.endsWith('.ts');
  if (!internal) {
    if (pure.test(from) && !packagesOfPureRooms[room]?.includes(to)) return 'a pure room touches nothing';
    if (machine.test(to) && room !== 'host' && !edge.test(from)) return 'only host/ touches the machine';
    return undefined;
  }
  const other = roomOf(to);
  if (other === room || room === '' || room === 'cli') {
    const [, ours] = from.split('/');
    const [, theirs] = to.split('/');
    const siblings = from.split('/').length > 2 && to.split('/').length > 2 && ours !== theirs;
    if (room === 'kinds' && siblings && theirs !== 'shape') return 'a kind does not know another kind';
    if (room === 'drivers' && siblings) return 'a driver does not know another driver';
    return undefined;
  }
  return allowed[room]?.some((row) => to === row || to.startsWith(`${row}/`))
    ? undefined
    : `${room} may not import ${other || to}`;
}

const texts = new Map(files().map((file) => [file, readFileSync(join(src, file), 'utf8')]));
const imports = [...texts].flatMap(([file, text]) => importsOf(file, text));

describe('the rooms', () => {
  test('every source file was seen, and most of them import something', () => {
    expect(texts.size).toBeGreaterThan(150);
    expect(new Set(imports.map(({ from }) => from)).size).toBeGreaterThan(texts.size * 0.8);
    for (const { to } of imports) if (to.endsWith('.ts')) expect(texts.has(to), to).toBe(true);
  });

  test('nobody imports what the table does not allow', () => {
    expect(
      imports.flatMap((found) => (refusal(found) ? [`${found.from} → ${found.to}: ${refusal(found)}`] : [])),
    ).toEqual([]);
  });

  test('planted violations are caught', () => {
    expect(refusal({ from: 'model/domain.ts', to: 'xml/tree.ts' })).toBeDefined();
    expect(refusal({ from: 'plan/order.ts', to: 'node:fs' })).toBeDefined();
    expect(refusal({ from: 'state/store.ts', to: 'node:fs' })).toBeDefined();
    expect(refusal({ from: 'kinds/volume/plan.ts', to: 'kinds/domain/plan.ts' })).toBeDefined();
    expect(refusal({ from: 'drivers/qemu/driver.ts', to: 'drivers/storage/driver.ts' })).toBeDefined();
    expect(refusal({ from: 'reconcile/queue.ts', to: 'drivers/qemu/driver.ts' })).toBeDefined();
    expect(refusal({ from: 'kinds/domain/plan.ts', to: 'kinds/shape/text.ts' })).toBeUndefined();
  });

  test('pure rooms have no clock, no randomness and no process', () => {
    const impure =
      /\b(Date\.now|new Date|performance\.|Math\.random|process\.|setTimeout|setInterval|setImmediate)\b/;
    const found = [...texts].filter(
      ([file, text]) => pure.test(file) && impure.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(found.map(([file]) => file)).toEqual([]);
  });

  test('no file imports itself over others', () => {
    const graph = new Map<string, string[]>();
    for (const [file, text] of texts) {
      const plain = text.replace(/import type[^;]*;/g, '').replace(/import\('[^']*'\)/g, '');
      graph.set(
        file,
        importsOf(file, plain)
          .map(({ to }) => to)
          .filter((to) => texts.has(to)),
      );
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]) => {
      if (trail.includes(file)) return cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      if (done.has(file)) return 0;
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      return done.add(file).size;
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
