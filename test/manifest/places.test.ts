import { expect, test } from 'vitest';
import { kinds } from '../../src/kinds/table.ts';
import { placeIn } from '../../src/manifest/declared.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { Merger, missingReferences } from '../../src/source/merge.ts';

function merged(texts: Readonly<Record<string, string>>) {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }));
  return new Merger(kinds).update(
    files.map((file) => [file.path, { path: file.path, decoded: decodeFile(file, kinds) }]),
  );
}

const where = ({ file, line, column }: { file?: string; line?: number; column?: number }) =>
  `${file}:${line}:${column}`;

const yaml = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: a}
spec:
  memory: 64MiB
  dependsOn:
    - {kind: Domain, name: nobody}
  devices:
    disks: [{name: root, volume: missing}]
    interfaces:
      - {type: user, mac: '52:54:00:00:00:01'}
`;
const xml = `<domain type='qemu'>
  <name>b</name>
  <memory unit='MiB'>64</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='volume' device='disk'>
      <source pool='default' volume='other'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
    </interface>
  </devices>
</domain>
`;

test('a reference that nothing declares is told where it is written, in YAML and in XML', () => {
  const state = merged({ 'a.yaml': yaml, 'b.xml': xml.replace('00:01', '00:02') });
  expect(missingReferences(state, kinds).map((one) => `${where(one)} ${one.path}`)).toEqual([
    'a.yaml:7:28 spec.dependsOn[0].name',
    'a.yaml:9:34 spec.devices.disks[0].volume',
    'b.xml:7:30 spec.devices.disks[0].volume',
  ]);
});

test('what belongs to another is told where it is claimed, in YAML and in XML', () => {
  const [first] = merged({ 'a.yaml': yaml, 'b.xml': xml }).diagnostics;
  expect(first).toMatchObject({ code: 'duplicate-mac', file: 'b.xml', line: 11 });
  const renamed = yaml.replace('{name: a}', '{name: c}');
  const [second] = merged({ 'a.yaml': renamed, 'b.xml': xml }).diagnostics;
  expect(second).toMatchObject({ code: 'duplicate-mac', file: 'a.yaml', line: 11, column: 27 });
});

test('what is written nowhere is told where the resource begins', () => {
  const [declared] = decodeFile({ path: 'a.yaml', text: yaml }, kinds).declared;
  expect(declared && where(placeIn(declared, 'spec.brandNew'))).toBe('a.yaml:1:1');
});

test('a secret that is plain is told where it is written, when somebody asks', () => {
  const text = `${yaml.replace('devices:', "description: 'password: hunter2'\n  devices:")}`;
  const file = { path: 'a.yaml', text };
  const { diagnostics, declared } = decodeFile(file, kinds, { lint: true });
  expect(diagnostics.map((one) => `${one.severity} ${one.code} ${where(one)}`)).toEqual([
    'warning plain-secret a.yaml:8:16',
  ]);
  expect(declared).toHaveLength(1);
  expect(decodeFile(file, kinds).diagnostics).toEqual([]);
});
