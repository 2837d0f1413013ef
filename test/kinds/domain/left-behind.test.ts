import { expect, test } from 'vitest';
import { domainDrift } from '../../../src/kinds/domain/drift.ts';
import { planDomain } from '../../../src/kinds/domain/plan.ts';
import { domain, running } from '../../support/live-domain.ts';

const disk = (name: string) =>
  ({
    name,
    alias: `ua-${name}`,
    bus: 'usb',
    file: `/${name}.raw`,
    format: 'raw',
    address: { type: 'usb', bus: 0, port: String(name.length) },
  }) as const;
const controllers = [{ type: 'usb', index: 0, model: 'qemu-xhci' }] as const;
const key = { kind: 'Domain', name: 'a' } as const;
const before = domain('a', { devices: { controllers, disks: [disk('one'), disk('four'), disk('three')] } });
const after = domain('a', { devices: { controllers, disks: [disk('one')] } });

function plan(found: typeof before, desired: typeof before) {
  const live = running(found, { defined: desired, applied: before });
  return planDomain({ key, desired, live, changes: domainDrift(desired, live) }).steps;
}

test('what its guest let go of late is cleared away, device by device, without any effect on the guest', () => {
  const steps = plan(after, after);
  expect(steps.map(({ action, impact }) => [action.type === 'update' && action.change, impact])).toEqual([
    [{ operation: 'detach', device: { list: 'disks', alias: 'ua-four' } }, 'none'],
    [{ operation: 'detach', device: { list: 'disks', alias: 'ua-three' } }, 'none'],
  ]);
  const last = steps.at(-1)?.action;
  expect(last?.type === 'update' && last.def).toEqual(after);
});

test('a device that is wanted and that somebody took away comes back', () => {
  const steps = plan(after, before);
  expect(steps.map(({ reason }) => reason)).toEqual(['plug in ua-four', 'plug in ua-three']);
});
