import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { kinds } from '../../src/kinds/table.ts';
import { nodeOf } from '../../src/manifest/compose/spec-node.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { DesiredState } from '../../src/source/contract.ts';
import { type DirectoryOptions, DirectorySource } from '../../src/source/directory.ts';
import { silentLogger } from '../../src/telemetry/log.ts';

const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'overlays-'));
  places.push(root);
  write(root, files);
  return root;
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function source(path: string, options: Partial<DirectoryOptions> = {}): DirectorySource {
  return new DirectorySource(path, { kinds, clock: systemClock, log: silentLogger, settle: 0, ...options });
}

function read(path: string, options: Partial<DirectoryOptions> = {}): Promise<DesiredState> {
  return source(path, options).read(AbortSignal.timeout(10_000));
}

function domain({ declared }: DesiredState, name: string): DomainDef['spec'] {
  return declared.get(`Domain/${name}`)?.def.spec as DomainDef['spec'];
}

/** `file:line:column code message`, files below the root. */
function said(state: DesiredState, root: string): string[] {
  return state.diagnostics.map(
    ({ file = '', line, column, code, message }) =>
      `${file.replace(`${root}/`, '')}:${line}:${column} ${code} ${message.replaceAll(`${root}/`, '')}`,
  );
}

const head = 'apiVersion: qonverge/v1\n';
const machine = (name: string, memory = '256MiB') =>
  `${head}kind: Domain\nmetadata: {name: ${name}, labels: {app: web}}\nspec:\n  memory: ${memory}\n  vcpus: 1\n`;
const overlay = (text: string) => `${head}kind: Overlay\n${text}`;
const webClass = `${head}kind: DomainClass
metadata: {name: web}
spec:
  parameters:
    memory: {type: size, default: 256MiB}
    vcpus: {type: integer, default: 1, minimum: 1, maximum: 8}
    zone: {enum: [a, b]}
  labels: {class: web}
  volumes:
    - {name: "\${name}-root", spec: {capacity: 1GiB}}
  template:
    memory: \${memory}
    vcpus: \${vcpus}
    title: "\${name} in \${zone}, $$1"
    devices:
      disks:
        - {name: root, volume: "\${name}-root", bus: virtio}
`;
const ofClass = (name: string, more = '') =>
  `--- {apiVersion: qonverge/v1, kind: Domain, metadata: {name: ${name}}, spec: {class: web, parameters: {zone: a${more}}}}\n`;

describe('classes', () => {
  test('ten like machines are ten lines', async () => {
    const root = tree({
      'class.yaml': webClass,
      'web.yaml': Array.from({ length: 10 }, (_, at) => ofClass(`web-${at}`)).join(''),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([]);
    expect(state.declared.size).toBe(20);
    expect(state.complete).toBe(true);
    const spec = domain(state, 'web-7');
    expect(spec).toMatchObject({ memory: 256 * 1024 ** 2, vcpus: { maximum: 1 }, title: 'web-7 in a, $1' });
    expect(spec.devices?.disks?.[0]?.volume).toBe('web-7-root');
    expect(state.declared.get('Domain/web-7')).toMatchObject({
      file: join(root, 'web.yaml'),
      position: { line: 8 },
      from: [`DomainClass/web (${root}/class.yaml:1)`],
    });
  });

  test('what a machine says itself is merged over its class, and null takes away', async () => {
    const root = tree({
      'all.yaml': `${webClass}---
${head}kind: Domain
metadata: {name: web-1, labels: {tier: front}}
spec: {class: web, parameters: {zone: b, memory: 1GiB}, title: null, description: mine}
`,
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([]);
    const found = state.declared.get('Domain/web-1')?.def as DomainDef;
    expect(found.metadata.labels).toEqual({ class: 'web', tier: 'front' });
    expect(found.spec).toMatchObject({ memory: 1024 ** 3, description: 'mine' });
    expect(found.spec.title).toBeUndefined();
  });

  test.each([
    [
      'a parameter that is not there',
      ', memry: 1GiB',
      'web.yaml:1:111 unknown-field class web has no parameter memry',
    ],
    [
      'a value of another type',
      ', vcpus: two',
      'web.yaml:1:118 invalid-value parameter vcpus of class web: "two" is no integer',
    ],
    [
      'a number that is too great',
      ', vcpus: 9',
      'web.yaml:1:118 invalid-value parameter vcpus of class web: 9 is above 8',
    ],
  ])('%s is named where it is written', async (_, more, message) => {
    const root = tree({ 'class.yaml': webClass, 'web.yaml': ofClass('web-1', more) });
    const state = await read(root);
    expect(said(state, root)).toEqual([message]);
    expect([...state.declared]).toEqual([]);
    expect(state.complete).toBe(false);
  });

  test('a bad value of a class is named in the class, once for all its machines', async () => {
    const root = tree({
      'class.yaml': webClass.replace('bus: virtio', 'bus: nothing'),
      'web.yaml': ofClass('web-1') + ofClass('web-2'),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([expect.stringMatching(/^class\.yaml:18:\d+ invalid-value /)]);
    expect([...state.problems.keys()].sort()).toEqual([
      'Domain/web-1',
      'Domain/web-2',
      'Volume/web-1-root',
      'Volume/web-2-root',
    ]);
  });

  test('a required parameter, an unknown class and a reference to nothing are said', async () => {
    const root = tree({
      'a/class.yaml': webClass,
      'a/web.yaml': `${head}kind: Domain\nmetadata: {name: web-1}\nspec: {class: web}\n`,
      'a/b/web.yaml': `${head}kind: Domain\nmetadata: {name: web-2}\nspec: {class: wep}\n`,
      'c/class.yaml': webClass.replace('${zone}', '${zoen}'),
    });
    const state = await read(root);
    expect(said(state, root).sort()).toEqual([
      'a/b/web.yaml:4:15 missing-reference there is no class wep',
      'a/web.yaml:4:7 missing-field class web needs parameter zone',
      'c/class.yaml:15:12 unknown-variable class web has no parameter "zoen"',
    ]);
    expect(state.diagnostics.map(({ suggestion }) => suggestion)).toContain('did you mean web?');
    expect(state.diagnostics.map(({ suggestion }) => suggestion)).toContain('did you mean ${zone}?');
  });

  test('the class of the nearest directory counts, and none of a neighbour', async () => {
    const root = tree({
      'class.yaml': webClass,
      'near/class.yaml': webClass.replace('default: 256MiB', 'default: 512MiB'),
      'near/web.yaml': ofClass('near'),
      'far/web.yaml': ofClass('far'),
      'far/other/class.yaml': webClass.replace('{name: web}', '{name: lonely}'),
      'lost.yaml': ofClass('lost').replace('class: web', 'class: lonely'),
    });
    const state = await read(root);
    expect(domain(state, 'near').memory).toBe(512 * 1024 ** 2);
    expect(domain(state, 'far').memory).toBe(256 * 1024 ** 2);
    expect(said(state, root)).toEqual(['lost.yaml:1:83 missing-reference there is no class lonely']);
  });

  test('a change of a class changes exactly its machines; a class that becomes bad leaves them as they were', async () => {
    const root = tree({
      'class.yaml': webClass,
      'web.yaml': ofClass('web-1'),
      'other.yaml': machine('other'),
    });
    const watched = source(root);
    const first = await watched.read(AbortSignal.timeout(10_000));
    writeFileSync(join(root, 'class.yaml'), webClass.replace('default: 256MiB', 'default: 512MiB'));
    const second = await watched.read(AbortSignal.timeout(10_000));
    const changed = [...second.declared.keys()].filter(
      (key) => first.declared.get(key)?.revision !== second.declared.get(key)?.revision,
    );
    expect(changed).toEqual(['Domain/web-1']);
    writeFileSync(join(root, 'class.yaml'), webClass.replace('template:', 'templet:'));
    const third = await watched.read(AbortSignal.timeout(10_000));
    expect(domain(third, 'web-1').memory).toBe(512 * 1024 ** 2);
    expect(third.complete).toBe(false);
    expect(said(third, root).join()).toMatch(/class\.yaml:12:3 unknown-field unknown field "templet"/);
    writeFileSync(join(root, 'class.yaml'), webClass);
    const fourth = await watched.read(AbortSignal.timeout(10_000));
    expect(domain(fourth, 'web-1').memory).toBe(256 * 1024 ** 2);
    expect(fourth.complete).toBe(true);
  });

  test('one file is applied with the class beside it, and without its neighbours and their mistakes', async () => {
    const root = tree({
      'class.yaml': webClass,
      'web.yaml': ofClass('web-1'),
      'other.yaml': ofClass('web-2'),
      'bad.yaml': 'apiVersion: [',
    });
    const state = await read(join(root, 'web.yaml'));
    expect(said(state, root)).toEqual([]);
    expect([...state.declared.keys()]).toEqual(['Domain/web-1', 'Volume/web-1-root']);
    expect(state.complete).toBe(true);
  });
});

describe('overlays', () => {
  test('the example is good', async () => {
    const state = await read('examples/overlay');
    expect(state.diagnostics).toEqual([]);
    expect(state.declared.size).toBe(11);
  });

  const base = {
    'base/qonverge.yaml': overlay('base: true\nvalues: {env: none, size: 256MiB}\n'),
    'base/web.yaml': machine('"web-${env}"', '${size}'),
    'base/db.xml':
      "<domain type='kvm'><name>db</name><memory unit='MiB'>512</memory><os><type>hvm</type></os></domain>\n",
  };

  test('a base declares nothing by itself; overlays take it with their values and patches', async () => {
    const root = tree({
      ...base,
      'prod/qonverge.yaml': overlay(`bases: [../base]
values: {env: prod, size: 1GiB}
patches:
  - target: {kind: Domain, labels: {app: web}}
    patch: {metadata: {labels: {app: null, env: "\${env}"}}, spec: {vcpus: 4}}
  - target: {name: db}
    patch: {spec: {vcpus: 2}}
`),
      'prod/own.yaml': machine('own'),
      'test/qonverge.yaml': overlay(`bases: [../base]
values: {env: test}
patches:
  - {target: {name: db}, patch: {spec: {description: not here}, metadata: {}}}
`),
      'alone.yaml': machine('"alone"'),
    });
    write(root, { 'test/qonverge.yaml': overlay('bases: [../base/web]\n') });
    write(root, {
      'base/web/qonverge.yaml': overlay('base: true\n'),
      'base/web/more.yaml': machine('more'),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([]);
    expect([...state.declared.keys()]).toEqual([
      'Domain/alone',
      'Domain/db',
      'Domain/more',
      'Domain/own',
      'Domain/web-prod',
    ]);
    const web = state.declared.get('Domain/web-prod');
    expect(web?.def).toMatchObject({
      metadata: { labels: { env: 'prod' } },
      spec: { memory: 1024 ** 3, vcpus: { maximum: 4 } },
    });
    expect(web?.file).toBe(join(root, 'prod/qonverge.yaml'));
    expect(web?.from).toEqual([`${root}/base/web.yaml:1`, `${root}/prod/qonverge.yaml:6`]);
    expect(domain(state, 'db').vcpus?.maximum).toBe(2);
  });

  test('an overlay alone finds its base in the same work tree, and nowhere else', async () => {
    const files = {
      ...base,
      'hosts/one/qonverge.yaml': overlay('bases: [../../base]\nvalues: {env: one}\n'),
    };
    const outside = tree(files);
    const lost = await read(join(outside, 'hosts/one'));
    expect(said(lost, outside)).toEqual([
      'hosts/one/qonverge.yaml:3:9 outside-source base ../../base lies outside the source',
    ]);
    const root = tree({ ...files, '.git/HEAD': 'ref: refs/heads/main\n' });
    const state = await read(join(root, 'hosts/one'));
    expect(said(state, root)).toEqual([]);
    expect([...state.declared.keys()]).toEqual(['Domain/db', 'Domain/web-one']);
    expect([...(await read(join(root, 'hosts/one/qonverge.yaml'))).declared.keys()]).toEqual([
      'Domain/db',
      'Domain/web-one',
    ]);
  });

  test.each([
    [
      'out of the source',
      '[../../../etc]',
      'qonverge.yaml:3:9 outside-source base ../../../etc lies outside the source',
    ],
    ['an absolute path', '[/etc]', 'qonverge.yaml:3:9 outside-source base /etc lies outside the source'],
    [
      'a missing base',
      '[nothing]',
      'qonverge.yaml:3:9 missing-reference there is no qonverge.yaml in base nothing',
    ],
    [
      'a directory that declares itself',
      '[self]',
      'qonverge.yaml:3:9 conflicting-options self is no base: it declares its specs itself',
    ],
    ['a circle', '[a]', 'b/qonverge.yaml:4:9 reference-cycle bases go round in a circle: a → b → a'],
  ])('a base that is %s', async (_, bases, message) => {
    const root = tree({
      'qonverge.yaml': overlay(`bases: ${bases}\n`),
      'self/qonverge.yaml': overlay('values: {}\n'),
      'self/x.yaml': machine('x'),
      'a/qonverge.yaml': overlay('base: true\nbases: [../b]\n'),
      'b/qonverge.yaml': overlay('base: true\nbases: [../a]\n'),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([message]);
    expect([...state.declared.keys()]).toEqual(['Domain/x']);
    expect(state.complete).toBe(false);
  });

  test('a base that is a link out of the source is not followed', async () => {
    const root = tree({
      'in/.git/HEAD': '',
      'in/prod/qonverge.yaml': overlay('bases: [../link]\n'),
      ...base,
    });
    symlinkSync(join(root, 'base'), join(root, 'in/link'));
    const state = await read(join(root, 'in/prod'));
    expect([...state.declared]).toEqual([]);
    expect(said(state, root).join('\n')).toMatch(/link leads outside/);
  });

  test('an unknown value is an error where it stands, with the nearest name; $$ and defaults are taken', async () => {
    const root = tree({
      'qonverge.yaml': overlay('values: {region: eu}\n'),
      'web.yaml': `${machine('web')}  title: "\${regoin}"\n  description: "$$\${region} \${zone:-a}$x"\n`,
      'ok.yaml': `${machine('ok')}  description: "$\${region} \${region} \${zone:-a} $x"\n`,
    });
    const state = await read(root);
    expect(said(state, root)).toEqual(['web.yaml:7:10 unknown-variable there is no value regoin']);
    expect(state.diagnostics[0]?.suggestion).toBe('did you mean ${region}?');
    expect(domain(state, 'ok').description).toBe('${region} eu a $x');
  });

  test('without values a dollar is a dollar', async () => {
    const root = tree({ 'web.yaml': `${machine('web')}  description: "\${HOME} $$"\n` });
    expect(domain(await read(root), 'web').description).toBe('${HOME} $$');
  });

  test('values from outside win over all, and reach files without an overlay', async () => {
    const place = { file: 'host.yaml', line: 3, column: 9 };
    const root = tree({
      'web.yaml': machine('web', '${size}'),
      'prod/qonverge.yaml': overlay('values: {size: 256MiB}\n'),
      'prod/db.yaml': machine('db', '${size}'),
    });
    const good = await read(root, { values: { size: nodeOf('1GiB', place) } });
    expect(said(good, root)).toEqual([]);
    expect([domain(good, 'web').memory, domain(good, 'db').memory]).toEqual([1024 ** 3, 1024 ** 3]);
    const bad = await read(root, { values: { size: nodeOf('lots', place) } });
    expect(said(bad, root)).toEqual([expect.stringMatching(/^host\.yaml:3:9 invalid-size /)]);
  });

  test('files of values: later ones win, the overlay wins over them', async () => {
    const root = tree({
      '.git/HEAD': '',
      'one.yaml': `${head}kind: Values\nvalues: {a: 1, b: 1, c: 1}\n`,
      'host/two.yaml': `${head}kind: Values\nvalues: {b: 2, c: 2}\n`,
      'host/qonverge.yaml': overlay('valuesFiles: [../one.yaml, two.yaml]\nvalues: {c: 3}\n'),
      'host/web.yaml': `${machine('web')}  title: "\${a}\${b}\${c}"\n`,
    });
    const state = await read(join(root, 'host'));
    expect(said(state, root)).toEqual([]);
    expect(domain(state, 'web').title).toBe('123');
  });

  test('a patch that fits nothing, renames, or writes a bad value is named in the patch', async () => {
    const root = tree({
      'web.yaml': machine('web-1'),
      'qonverge.yaml': overlay(`patches:
  - {target: {name: web-2}, patch: {spec: {vcpus: 2}}}
  - {target: {name: web-1}, patch: {spec: {vcpus: many}}}
`),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([
      'qonverge.yaml:4:5 unmatched-patch this patch fits nothing here',
      expect.stringMatching(/^qonverge\.yaml:5:51 wrong-type /),
    ]);
    write(root, {
      'qonverge.yaml': overlay('patches: [{target: {name: web-1}, patch: {metadata: {name: x}}}]\n'),
    });
    expect(said(await read(root), root)[0]).toMatch(
      /^qonverge\.yaml:3:54 invalid-value a patch does not rename/,
    );
  });

  test('an overlay that becomes bad, or whose base does, leaves all as it was', async () => {
    const root = tree({ ...base, 'prod/qonverge.yaml': overlay('bases: [../base]\nvalues: {env: prod}\n') });
    const watched = source(root);
    const before = await watched.read(AbortSignal.timeout(10_000));
    for (const [file, bad] of [
      ['prod/qonverge.yaml', overlay('bases: ../base\n')],
      ['base/web.yaml', 'apiVersion: ['],
      ['base/db.xml', '<domain'],
      ['base/qonverge.yaml', ''],
    ] as const) {
      const good = base[file as keyof typeof base] ?? overlay('bases: [../base]\nvalues: {env: prod}\n');
      writeFileSync(join(root, file), bad);
      const now = await watched.read(AbortSignal.timeout(10_000));
      expect(now.complete, file).toBe(false);
      expect(now.diagnostics.length, file).toBeGreaterThan(0);
      expect([...now.declared.keys()], file).toEqual([...before.declared.keys()]);
      writeFileSync(join(root, file), good);
      const again = await watched.read(AbortSignal.timeout(10_000));
      expect(again.complete, file).toBe(true);
      expect(again.revision, file).toBe(before.revision);
    }
  });

  test('two overlays that declare one name are both told', async () => {
    const root = tree({
      ...base,
      'a/qonverge.yaml': overlay('bases: [../base]\nvalues: {env: a}\n'),
      'b/qonverge.yaml': overlay('bases: [../base]\nvalues: {env: b}\n'),
    });
    const state = await read(root);
    expect(said(state, root)).toEqual([
      'a/qonverge.yaml:3:9 duplicate-resource Domain/db is declared in b/qonverge.yaml:3 as well',
      'b/qonverge.yaml:3:9 duplicate-resource Domain/db is declared in a/qonverge.yaml:3 as well',
    ]);
    expect([...state.declared.keys()]).toEqual(['Domain/web-a', 'Domain/web-b']);
  });

  test('bases that double at each level end at a limit, and soon', async () => {
    const files: Record<string, string> = { 'l0/qonverge.yaml': overlay('base: true\n') };
    for (let at = 0; at < 50; at++) files[`l0/${at}.yaml`] = machine(`m${at}`);
    for (let at = 1; at < 7; at++)
      files[`l${at}/qonverge.yaml`] = overlay(
        `base: true\nbases: [${Array(10)
          .fill(`../l${at - 1}`)
          .join(', ')}]\n`,
      );
    files['top/qonverge.yaml'] = overlay('bases: [../l6]\n');
    const root = tree(files);
    const state = await read(root);
    expect(said(state, root).join('\n')).toMatch(/limit-exceeded more than 20000 resources from bases/);
  });

  test('text that is put into text does not grow without end', async () => {
    const root = tree({
      'qonverge.yaml': overlay(`values: {a: ${'x'.repeat(60_000)}}\n`),
      'web.yaml': `${machine('web')}  description: "${'${a}'.repeat(1_000)}"\n`,
    });
    expect(said(await read(root), root)).toEqual([
      'web.yaml:7:16 limit-exceeded text longer than 65536 characters',
    ]);
  });
});
