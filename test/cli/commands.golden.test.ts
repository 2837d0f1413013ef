import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../support/sandbox.ts';

/** What a command writes and how it ends, with everything that differs from run to run named instead. */
const host = new Sandbox('test:///default');
const version = /\d+\.\d+\.\d+/;

const web = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: web-1}
spec:
  memory: 64MiB
  vcpus: 1
  devices: {disks: [{name: root, volume: web-1-root, bus: virtio}]}
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: web-1-root}
spec: {capacity: 1GiB, format: qcow2}
`;
const typo = `apiVersion: qonverge/v1
kind: Domain
metadata: {name: bad}
spec:
  memroy: 64MiB
  devices:
    disks: [{file: a.raw, bus: virtoi}]
`;
const needs = (name: string, need: string) =>
  `apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: ${name}}\nspec: {memory: 64MiB, dependsOn: [${need}]}\n`;
const xml = `<domain type='qemu'>
  <name>old</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <memmory>1</memmory>
</domain>
`;

beforeAll(() => {
  mkdirSync(`${host.root}/empty`);
  host.write('good/web.yaml', web);
  host.write('bad/typo.yaml', typo);
  host.write('bad/old.xml', xml);
  for (const [name, need] of ['ab', 'ba']) host.write(`circle/${name}.yaml`, needs(name ?? '', need ?? ''));
  host.write('missing/web.yaml', web.split('---\n')[0] ?? '');
});
afterAll(() => host.dispose());

function stable(text: string): string {
  return text
    .replaceAll(host.root, '<root>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"revision": "[0-9a-f]{64}"/g, '"revision": "<hash>"')
    .replace(/qonverge \d+\.\d+\.\d+/g, 'qonverge <version>')
    .replace(new RegExp(`"version": "${version.source}"`, 'g'), '"version": "<version>"');
}

interface Case {
  readonly name: string;
  readonly args: readonly string[];
}

/** In this order: what comes later sees what came before. */
const cases: readonly Case[] = [
  { name: 'version', args: ['version'] },
  { name: 'help-apply', args: ['apply', '--help'] },
  { name: 'unknown-command', args: ['aply'] },
  { name: 'command-of-virsh', args: ['dumpxml', 'web-1'] },
  { name: 'unknown-help', args: ['help', 'stauts'] },
  { name: 'unknown-flag', args: ['status', '--ouput', 'json'] },
  { name: 'unknown-value', args: ['plan', 'specs/good', '-o', 'jsn'] },
  { name: 'word-too-many', args: ['apply', 'specs/good', 'specs/bad'] },
  { name: 'unknown-uri', args: ['status', '--connect', 'foo:///bar'] },
  { name: 'bad-duration', args: ['apply', 'specs/good', '--timeout', 'soon'] },
  { name: 'preview-flag-alone', args: ['apply', 'specs/good', '--name-suffix', 'pr-1'] },
  {
    name: 'preview-flag-unheard',
    args: ['apply', 'specs/good', '--ephemeral', '--name-suffix', 'pr-1', '--dry-run'],
  },
  { name: 'bad-count', args: ['events', '--limit', 'many'] },
  { name: 'validate-good', args: ['validate', 'specs/good'] },
  { name: 'validate-hints', args: ['validate', 'specs/good', '--hints'] },
  { name: 'validate-bad', args: ['validate', 'specs/bad'] },
  { name: 'validate-missing-reference', args: ['validate', 'specs/missing'] },
  { name: 'validate-circle', args: ['validate', 'specs/circle'] },
  { name: 'validate-nowhere', args: ['validate', 'specs/nowhere'] },
  { name: 'validate-empty', args: ['validate', 'empty'] },
  { name: 'validate-lenient', args: ['validate', 'specs/bad/old.xml', '--lenient'] },
  { name: 'validate-json', args: ['validate', 'specs/bad', '-o', 'json'] },
  { name: 'validate-github', args: ['validate', 'specs/bad', '-o', 'github'] },
  { name: 'validate-sarif', args: ['validate', 'specs/bad/typo.yaml', '-o', 'sarif'] },
  { name: 'render-yaml', args: ['render', 'specs/good/web.yaml', '--name', 'web-1-root', '-o', 'yaml'] },
  { name: 'render-xml', args: ['render', 'specs/good/web.yaml', '--name', 'web-1-root', '-o', 'xml'] },
  { name: 'render-no-such-name', args: ['render', 'specs/good/web.yaml', '--name', 'web-2'] },
  { name: 'render-bad', args: ['render', 'specs/bad/typo.yaml', '-o', 'argv'] },
  { name: 'status-nothing', args: ['status'] },
  { name: 'plan-new', args: ['plan', 'specs/good'] },
  { name: 'plan-new-json', args: ['plan', 'specs/good', '-o', 'json'] },
  { name: 'plan-new-markdown', args: ['plan', 'specs/good', '-o', 'markdown'] },
  { name: 'plan-new-exit', args: ['plan', 'specs/good', '--detailed-exitcode'] },
  { name: 'plan-bad', args: ['plan', 'specs/bad'] },
  { name: 'apply-dry-run', args: ['apply', 'specs/good', '--dry-run'] },
  { name: 'status-still-nothing', args: ['status'] },
  { name: 'apply', args: ['apply', 'specs/good'] },
  { name: 'apply-again', args: ['apply', 'specs/good', '-o', 'json'] },
  { name: 'apply-bad', args: ['apply', 'specs/bad'] },
  { name: 'apply-no-plan', args: ['apply', 'specs/nowhere.json'] },
  { name: 'plan-in-sync', args: ['plan', 'specs/good', '--detailed-exitcode'] },
  { name: 'status', args: ['status'] },
  { name: 'status-json', args: ['status', '-o', 'json'] },
  { name: 'status-yaml', args: ['status', 'volume', '-o', 'yaml'] },
  { name: 'status-name', args: ['status', '-o', 'name'] },
  { name: 'status-one', args: ['status', 'web-1'] },
  { name: 'status-no-such', args: ['status', 'web-2'] },
  { name: 'stop-always', args: ['stop', 'web-1'] },
  { name: 'suspend', args: ['suspend', 'web-1', '--reason', 'looking into it'] },
  { name: 'status-suspended', args: ['status', 'web-1'] },
  { name: 'explain-field', args: ['explain', 'domain.spec.title'] },
  { name: 'explain-typo', args: ['explain', 'domain.spec.memroy'] },
  { name: 'explain-no-kind', args: ['explain', 'pod'] },
  { name: 'console-none', args: ['console', 'web-1'] },
  { name: 'undefine-declared-by-none', args: ['undefine', 'web-1', '--force'] },
];

describe('the command line', () => {
  for (const { name, args } of cases)
    test(`${name}: qonverge ${args.join(' ')}`, async () => {
      const { stdout, stderr, exitCode } = await host.cli(args, { USER: 'ann' }, host.root);
      const shown = [
        `$ qonverge ${args.join(' ')}`,
        `exit ${exitCode}`,
        '--- stdout',
        stdout.trimEnd(),
        '--- stderr',
        stderr.trimEnd(),
        '',
      ].join('\n');
      await expect(stable(shown)).toMatchFileSnapshot(`../golden/cli/${name}.txt`);
    });
});
