import { describe, expect, test } from 'vitest';
import { impactRow } from '../../../src/kinds/domain/impact/lookup.ts';
import { mayPlug } from '../../../src/kinds/domain/impact/may-plug.ts';
import { impactTable } from '../../../src/kinds/domain/impact/table.ts';
import { domainRules } from '../../../src/kinds/domain/rules.ts';
import { pathsOf } from '../../../src/kinds/schema-paths.ts';
import { liveOperations } from '../../../src/model/live-change.ts';
import { impacts } from '../../../src/model/plan.ts';
import { domain } from '../../support/live-domain.ts';

const paths = pathsOf(domainRules.schema);

test('a USB device is plugged into a hub only where the machine has that hub', () => {
  const controllers = [{ type: 'usb', index: 0, model: 'qemu-xhci' }] as const;
  const tablet = (port: string) =>
    ({ type: 'tablet', bus: 'usb', address: { type: 'usb', bus: 0, port } }) as const;
  const hub = { type: 'usb', address: { type: 'usb', bus: 0, port: '1' } } as const;
  const bare = domain('a', { devices: { controllers } });
  expect(mayPlug('inputs', tablet('2'), bare)).toBe(true);
  expect(mayPlug('inputs', tablet('1.2'), bare)).toBe(false);
  expect(mayPlug('inputs', tablet('1.2'), domain('a', { devices: { controllers, hubs: [hub] } }))).toBe(true);
});

describe('the impact table', () => {
  test('every path of the schema has a verdict, and most need a restart', () => {
    expect(paths.length).toBeGreaterThan(300);
    for (const path of paths) expect(impacts, path).toContain(domainRules.impact(path));
    expect(paths.filter((path) => domainRules.impact(path) === 'restart').length).toBeGreaterThan(200);
  });

  test('every row is about a path that there is', () => {
    const known = new Set(paths);
    for (const { path } of impactTable) expect(known, path).toContain(path.replace(/\.\*$/, ''));
  });

  test('what is done live says when and how', () => {
    for (const row of impactTable)
      if (row.impact === 'live' || row.impact === 'guest') {
        expect(row.when, row.path).toBeTruthy();
        expect(liveOperations, row.path).toContain(row.operation);
      }
  });

  test('names of devices are passed over, and a subtree answers for all below it', () => {
    expect(impactRow('spec.devices.disks[root].iotune.totalBytesSec')?.operation).toBe('throttle');
    expect(domainRules.impact('spec.devices.disks[root].cache')).toBe('restart');
    expect(domainRules.impact('metadata.labels.app')).toBe('none');
    expect(domainRules.impact('spec.memory')).toBe('restart');
  });
});
