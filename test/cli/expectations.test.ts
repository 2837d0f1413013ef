import { describe, expect, test } from 'vitest';
import { completed } from '../../src/cli/completed.ts';
import { unmet } from '../../src/cli/expectations.ts';
import { kinds } from '../../src/kinds/table.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { decodeExpectations } from '../../src/manifest/test-file.ts';
import { keyText } from '../../src/model/resource.ts';

const specs = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: a}
spec: {memory: 2GiB, devices: {disks: [{name: root, volume: v, bus: virtio}]}}
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: v, labels: {example.org/owner: team-a}}
spec: {capacity: 1GiB}
`;
const defs = new Map(
  decodeFile({ path: 'a.yaml', text: specs }, kinds).declared.map(({ key, def }) => [
    keyText(key),
    completed(def),
  ]),
);
const file = (rows: string) => ({
  path: 't.yaml',
  text: `apiVersion: qonverge/v1\nkind: Test\nexpect:\n${rows}`,
});

describe('an expectation', () => {
  test.each([
    ['{resource: Domain/a, path: spec.memory, equals: 2GiB}', 0],
    ['{resource: Domain/a, path: spec.memory, atMost: 1GiB}', 1],
    ['{resource: Domain/a, path: spec.memory, atLeast: 1GiB}', 0],
    ['{resource: Domain/a, path: "spec.devices.disks[root].bus", equals: virtio}', 0],
    ['{resource: Domain/a, path: "spec.devices.disks[0].bus", equals: scsi}', 1],
    ['{resource: Domain/a, path: spec.uuid, matches: "^[0-9a-f-]{36}$"}', 0],
    ['{resource: Domain/a, path: spec.emulator, exists: false}', 0],
    ['{every: Domain, path: spec.title, exists: true}', 1],
    ['{every: Volume, path: spec.reclaimPolicy, equals: Retain}', 0],
    ['{resource: Volume/v, path: "metadata.labels[example.org/owner]", equals: team-a}', 0],
    ['{resource: Domain/a, argument: virtio-blk-pci}', 0],
    ['{resource: Domain/a, argument: no-such-device}', 1],
    ['{resource: Domain/b, path: spec.memory, exists: true}', 1],
  ])('%s leaves %i unmet', (row, count) => {
    const { expectations, diagnostics } = decodeExpectations(file(`  - ${row}\n`));
    expect(diagnostics).toEqual([]);
    expect(expectations.flatMap(({ expectation }) => unmet(expectation, defs))).toHaveLength(count);
  });

  test('says what is, what was expected, and where it stands', () => {
    const { expectations } = decodeExpectations(
      file('  - {resource: Domain/a, path: spec.memory, atMost: 1GiB}\n'),
    );
    expect(expectations[0]).toMatchObject({ file: 't.yaml', line: 4 });
    expect(unmet(expectations[0]?.expectation ?? {}, defs)).toEqual([
      'Domain/a: spec.memory is "2GiB", expected at most "1GiB"',
    ]);
  });

  test.each([
    ['{resource: Domain/a, pth: x, exists: true}', 'unknown field', 'did you mean path?'],
    ['{path: spec.memory, atMost: 1GiB}', 'names either `resource` or `every`', 'every: Domain'],
    ['{resource: Domain/a, every: Domain, path: spec.memory, exists: true}', 'names either', 'every: Domain'],
    ['{resource: Domain/a, path: spec.memory}', 'nothing is expected of it', 'add one of equals, matches'],
    ['{resource: Domain/a, equals: 2}', 'and not which', 'add path'],
    ['{resource: Domain/a}', 'expects nothing', 'add a path'],
    ['{resource: Domain/a, path: spec.uuid, matches: "["}', 'is no regular expression', ''],
  ])('that could not fail is an error at its line: %s', (row, message, suggestion) => {
    const { diagnostics } = decodeExpectations(file(`  - ${row}\n`));
    const [{ message: said = '', suggestion: way = '', line } = {}] = diagnostics;
    expect([said, way, line]).toEqual([
      expect.stringContaining(message),
      expect.stringContaining(suggestion),
      4,
    ]);
  });

  test('lies among the specs as well as beside them: it declares nothing, and its mistakes are told', () => {
    const good = decodeFile(file('  - {every: Domain, path: spec.memory, exists: true}\n'), kinds);
    expect(good).toMatchObject({ declared: [], mentioned: [], diagnostics: [] });
    const bad = decodeFile(file('  - {every: Domain}\n'), kinds);
    expect(bad.diagnostics).toMatchObject([{ code: 'missing-field', line: 4, path: 'expect[0]' }]);
  });
});
