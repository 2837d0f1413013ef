import { expect, test } from 'vitest';
import { baselineCapabilities } from '../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../src/kinds/domain/complete.ts';
import { inactiveForm } from '../../../src/kinds/domain/inactive-form.ts';
import type { DomainDef, Os } from '../../../src/model/domain.ts';

/** `<os>` of a spec as `virsh dumpxml --inactive` would show it. */
function shown(os: Os): Os | undefined {
  const def: DomainDef = { kind: 'Domain', metadata: { name: 'e' }, spec: { memory: 64 << 20, os } };
  const completed = completeDomain(def, undefined, baselineCapabilities);
  return inactiveForm(completed, def, baselineCapabilities).spec.os;
}

test('an image that was found is not named; one that is named beside a wish stands alone', () => {
  expect(shown({ machine: 'q35', firmware: 'efi' })).toMatchObject({ firmware: 'efi' });
  expect(shown({ machine: 'q35', firmware: 'efi' })?.loader).toBeUndefined();
  const loader = { path: '/usr/share/OVMF/OVMF_CODE_4M.fd', type: 'pflash' } as const;
  const named = shown({ machine: 'q35', firmware: 'efi', loader });
  expect(named?.loader).toMatchObject(loader);
  expect(named?.firmware).toBeUndefined();
});
