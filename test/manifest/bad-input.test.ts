import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { renderDiagnostic } from '../../src/manifest/render-diagnostic.ts';
import { cpuTime } from '../support/cpu-time.ts';

const head = 'apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: a}\n';

function codes(path: string, text: string): string[] {
  return decodeFile({ path, text }, kinds).diagnostics.map(({ code }) => code);
}

describe('YAML that is no spec', () => {
  test.each([
    ['an alias bomb', `${head}spec:\n  a: &a [x, x]\n  b: [*a, *a]\n`, 'yaml-alias'],
    ['twenty thousand brackets', '['.repeat(20_000), 'limit-exceeded'],
    [
      'seventy thousand keys',
      `${head}spec:\n${Array.from({ length: 70_000 }, (_, at) => `  k${at}: 1`).join('\n')}\n`,
      'limit-exceeded',
    ],
    ['__proto__', `${head}spec: {memory: 1GiB, __proto__: {x: 1}}\n`, 'yaml-forbidden-key'],
    ['a merge key', `${head}spec: {memory: 1GiB, <<: {x: 1}}\n`, 'yaml-forbidden-key'],
    ['a tag', `${head}spec: {memory: !foo 1GiB}\n`, 'yaml-tag'],
    ['a duplicate key', `${head}spec: {memory: 1GiB, memory: 2GiB}\n`, 'yaml-duplicate-key'],
    ['a tab for indentation', `${head}spec:\n\tmemory: 1GiB\n`, 'yaml-syntax'],
    ['a number that loses digits', `${head}spec: {memory: 12345678901234567890}\n`, 'invalid-value'],
    ['infinity', `${head}spec: {memory: .inf}\n`, 'invalid-value'],
    ['nothing', '\n', 'file-empty'],
    ['a comment', '# nothing\n', 'file-empty'],
    ['a scalar', 'hello\n', 'root-not-a-map'],
    ['an unknown kind', 'apiVersion: qonverge/v1\nkind: Domian\n', 'unknown-kind'],
    ['another version', 'apiVersion: v1\nkind: Domain\n', 'unknown-api-version'],
    ['an unknown field', `${head}spec: {memory: 1GiB, memroy: 2GiB}\n`, 'unknown-field'],
    ['a wrong type', `${head}spec: {memory: 1GiB, autostart: maybe}\n`, 'wrong-type'],
  ])('%s is refused with its code and a position', (_, text, code) => {
    const { diagnostics, declared } = decodeFile({ path: 'a.yaml', text }, kinds);
    expect(diagnostics.map((found) => found.code)).toContain(code);
    expect(diagnostics.every(({ line, column }) => (line ?? 0) > 0 && (column ?? 0) > 0)).toBe(true);
    expect(declared).toEqual([]);
  });

  const lines = `${head}spec:\n  memory: 2GiB\n  vcpus: 2\n  os: {machine: q35}\n  devices:\n    serials:\n      - {type: pty}\n      - {type: null}\n`;
  test.each([
    ['a brace that is not closed', ['q35}', 'q35'], '7:7', 'this { is not closed', 'close it with }'],
    [
      'a bracket that is not closed',
      ['{type: pty}', '[type'],
      '10:9',
      'this [ is not closed',
      'close it with ]',
    ],
    ['a quote that is not closed', ['2GiB', '"2GiB'], '5:11', 'this " is not closed', 'close it with "'],
    ['a brace too many', ['q35}', 'q35}}'], '7:21', 'this } closes nothing', 'open { before it'],
    ['a tab', ['  vcpus', '\tvcpus'], '6:1', 'a tab indents this line', 'with blanks'],
    ['a blank that is none', ['  vcpus', '\u00a0 vcpus'], '6:1', 'U+00A0 indents', 'with blanks'],
    ['a line too deep', ['  vcpus', '    vcpus'], '6:5', 'deeper than the key before it', 'indent the keys'],
    ['a line not deep enough', ['  os:', ' os:'], '7:2', 'unlike those', 'indent the keys of one map alike'],
    [
      'a dash without a blank',
      ['- {type: null', '-{type: null'],
      '11:7',
      'a dash needs a blank',
      'write - and a blank',
    ],
    ['a key without a colon', ['memory:', 'memory'], '5:3', 'no key and no value', 'a colon and a blank'],
    ['a colon without a blank', ['vcpus: ', 'vcpus:'], '6:3', 'no key and no value', 'a colon and a blank'],
    ['a second colon', ['2GiB', 'a: b'], '5:11', 'a second `: `', 'quote a text'],
    ['a reserved character', ['2GiB', '@x'], '5:11', 'cannot begin with @', 'quote it'],
    ['a template', ['name: a', 'name: {{ a }}'], '3:19', 'a map where a word belongs', 'quote a text'],
    [
      'a conflict of git',
      ['  vcpus: 2\n', '<<<<<<< HEAD\n  vcpus: 2\n=======\n>>>>>>> x\n'],
      '6:1',
      'a conflict of git',
      'take the marks out',
    ],
  ])('%s is one mistake, told where it is to be mended', (_, [was = '', is = ''], place, message, way) => {
    const { diagnostics } = decodeFile({ path: 'a.yaml', text: lines.replace(was, is) }, kinds);
    expect(
      diagnostics.map(({ line, column, message: said, suggestion }) => [
        `${line}:${column}`,
        said,
        suggestion,
      ]),
    ).toEqual([[place, expect.stringContaining(message), expect.stringContaining(way)]]);
  });

  test.each([
    ['devices: {hostdevs: [{type: usb, whatever: 1}]}', 'qonverge explain domain.spec.devices.hostdevs'],
    ['vcpus: 1, whatever: 1', 'qonverge explain domain.spec '],
  ])('a field that resembles none leads to those that there are: %s', (spec, way) => {
    const text = `${head}spec: {memory: 1GiB, ${spec}}\n`;
    const { diagnostics } = decodeFile({ path: 'a.yaml', text }, kinds);
    expect(diagnostics).toMatchObject([{ code: 'unknown-field', suggestion: expect.stringContaining(way) }]);
  });

  test('two documents with a mistake each have two', () => {
    const bad = lines.replace('q35}', 'q35}}');
    expect(codes('a.yaml', `${bad}---\n${bad}`)).toEqual(['yaml-syntax', 'yaml-syntax']);
  });

  test.each(['a.yaml', 'a.xml'])('a pointer of Git LFS is told as one: %s', (path) => {
    const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 4\n`;
    const { diagnostics } = decodeFile({ path, text }, kinds);
    expect(diagnostics).toMatchObject([
      { code: 'lfs-pointer', line: 1, suggestion: expect.stringContaining('git lfs untrack') },
    ]);
  });

  test('sixty thousand keys and twenty thousand brackets cost little CPU', () => {
    const cost = cpuTime(() => {
      codes(
        'a.yaml',
        `${head}spec:\n${Array.from({ length: 60_000 }, (_, at) => `  k${at}: 1`).join('\n')}\n`,
      );
      codes('a.yaml', '['.repeat(20_000));
    });
    expect(cost).toBeLessThan(6_000);
  });

  test('one bad document makes the whole file bad, and names what it mentions', () => {
    const text = `${head}spec: {memory: 1GiB}\n---\napiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: b}\nspec: {memroy: 1}\n`;
    const { declared, mentioned } = decodeFile({ path: 'a.yaml', text }, kinds);
    expect(declared).toEqual([]);
    expect(mentioned).toEqual(['Domain/a', 'Domain/b']);
  });

  test('a BOM and CRLF are no trouble', () => {
    expect(codes('a.yaml', `\ufeff${head}spec: {memory: 1GiB}\n`.replaceAll('\n', '\r\n'))).toEqual([]);
  });

  test('a mistake is shown with its place, a caret and the word that was meant', () => {
    const text = `${head}spec:\n  memory: 1GiB\n  devices:\n    disks:\n      - {file: /a.raw, bus: virtoi}\n`;
    const [found] = decodeFile({ path: 'vms/a.yaml', text }, kinds).diagnostics;
    expect(found).toBeDefined();
    const shown = found ? renderDiagnostic(found, text) : '';
    expect(shown).toContain('vms/a.yaml:8:');
    expect(shown).toContain('bus: virtoi');
    expect(shown).toMatch(/\^/);
    expect(shown).toMatch(/virtio/);
  });
});

describe('XML that is no spec', () => {
  const domain = (inner: string) =>
    `<domain type='qemu'><name>a</name><memory>1024</memory>${inner}</domain>`;

  test.each([
    ['billion laughs', `<!DOCTYPE d [<!ENTITY a "x">]>${domain('')}`, 'xml-doctype'],
    [
      'an external entity',
      `<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>${domain('&a;')}`,
      'xml-doctype',
    ],
    ['a truncated document', "<domain type='qemu'><name>a</name>", 'xml-syntax'],
    ['two roots', `${domain('')}<domain/>`, 'xml-syntax'],
    ['a duplicate attribute', "<domain type='qemu' type='kvm'/>", 'xml-syntax'],
    ['fifty thousand nested elements', '<a>'.repeat(50_000), 'limit-exceeded'],
    [
      'too many attributes',
      `<domain ${Array.from({ length: 300 }, (_, at) => `a${at}='1'`).join(' ')}/>`,
      'limit-exceeded',
    ],
    ['an unknown element', domain('<memmory>1</memmory>'), 'xml-unknown-element'],
    [
      'an element of another namespace',
      `<domain type='qemu' xmlns:x='urn:x'><name>a</name><memory>1024</memory><x:commandline/></domain>`,
      'xml-unknown-element',
    ],
    ['another root', '<network/>', 'unknown-kind'],
  ])('%s is refused with its code and a position', (_, text, code) => {
    let found = decodeFile({ path: 'b.xml', text: '<a/>' }, kinds);
    const cost = cpuTime(() => {
      found = decodeFile({ path: 'a.xml', text }, kinds);
    });
    const { diagnostics, declared } = found;
    expect(diagnostics.map((row) => row.code)).toContain(code);
    expect(diagnostics.every(({ line, column }) => (line ?? 0) > 0 && (column ?? 0) > 0)).toBe(true);
    expect(declared).toEqual([]);
    expect(cost).toBeLessThan(4_000);
  });

  test('lenient makes unknown elements warnings, and keeps the domain', () => {
    const file = { path: 'a.xml', text: domain('<os><type>hvm</type></os><memmory>1</memmory>') };
    const { diagnostics, declared } = decodeFile(file, kinds, { lenient: true });
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'xml-unknown-element'],
    ]);
    expect(declared).toHaveLength(1);
  });
});
