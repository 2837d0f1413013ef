import { expect, test } from 'vitest';
import { refusesEject } from '../../../src/drivers/qemu/live/refuses-eject.ts';

const ost = (status: number, source = 3, device: string | undefined = 'vcpu1') => ({
  event: 'ACPI_DEVICE_OST',
  data: {
    info: { ...(device === undefined ? {} : { device }), source, status, slot: '1', 'slot-type': 'CPU' },
  },
});
const path = '/machine/peripheral/vcpu1';

test('a guest that says by ACPI that it keeps a processor refuses, whoever asked it', () => {
  // Device busy, in use, not specified, not supported.
  for (const status of [0x82, 0x81, 1, 0x80]) {
    expect(refusesEject(ost(status), path)).toBe(true);
    expect(refusesEject(ost(status, 0x103), 'vcpu1')).toBe(true);
  }
});

test('one that is at it, that has done it, that plugs in, or that speaks of another device does not', () => {
  expect(refusesEject(ost(0x84), path)).toBe(false);
  expect(refusesEject(ost(0), path)).toBe(false);
  expect(refusesEject(ost(1, 1), path)).toBe(false);
  expect(refusesEject(ost(0x82), '/machine/peripheral/vcpu11')).toBe(false);
  expect(refusesEject({ event: 'ACPI_DEVICE_OST', data: { info: { source: 3, status: 1 } } }, path)).toBe(
    false,
  );
});

test.each(['DEVICE_UNPLUG_GUEST_ERROR', 'MEM_UNPLUG_ERROR'])('%s is said of one device', (event) => {
  expect(refusesEject({ event, data: { device: 'dimm0', path: '/machine/peripheral/dimm0' } }, 'dimm0')).toBe(
    true,
  );
  expect(refusesEject({ event, data: { path } }, path)).toBe(true);
  expect(refusesEject({ event, data: { device: 'dimm1' } }, 'dimm0')).toBe(false);
});
