import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../src/kinds/domain/complete.ts';
import { firmwareProblem } from '../../../src/kinds/domain/firmware-problem.ts';
import type { DomainSpec, Features, Os } from '../../../src/model/domain.ts';

function completed(os: Os, features?: Features): DomainSpec {
  const spec = { memory: 1024 ** 3, os, ...(features ? { features } : {}) };
  const def = { kind: 'Domain', metadata: { name: 'a' }, spec } as const;
  return completeDomain(def, undefined, baselineCapabilities).spec;
}

test.each<[string, Os, RegExp]>([
  [
    'a BIOS, for which there is no descriptor',
    { firmware: 'bios' },
    /offers firmware bios for pc-i440fx-7.2$/,
  ],
  [
    'Secure Boot on a pc',
    { machine: 'pc', firmware: 'efi', firmwareFeatures: [{ name: 'secure-boot', enabled: true }] },
    /firmware efi for pc-i440fx-7.2, with secure-boot$/,
  ],
  ['variables nowhere', { machine: 'q35', firmware: 'efi', loader: { stateless: true } }, /stateless$/],
])('no firmware is found for %s, and the reason says what was looked for', (_, os, reason) => {
  expect(firmwareProblem(completed(os))).toMatch(reason);
});

test('a machine with its own BIOS, and one whose firmware is found, have no problem', () => {
  expect(firmwareProblem(completed({ machine: 'q35' }))).toBeUndefined();
  expect(firmwareProblem(completed({ machine: 'q35', firmware: 'efi' }))).toBeUndefined();
});

test('a flash image given by hand brings what its descriptor needs', () => {
  const path = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
  const loader = { path, type: 'pflash', readonly: true } as const;
  expect(completed({ machine: 'q35', loader })).toMatchObject({
    os: { loader: { secure: true }, nvram: { template: '/usr/share/OVMF/OVMF_VARS_4M.fd' } },
    features: { smm: { state: true } },
  });
  expect(completed({ machine: 'q35', loader }, { smm: { state: false } }).os?.loader?.secure).toBeUndefined();
  expect(completed({ machine: 'pc', loader }).os?.loader?.secure).toBeUndefined();
});
