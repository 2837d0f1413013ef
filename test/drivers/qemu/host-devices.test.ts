import { expect, test } from 'vitest';
import { checkHostDevices } from '../../../src/drivers/qemu/host-devices.ts';
import type { Disk, DomainDevices } from '../../../src/model/domain-devices.ts';
import { domain } from '../../support/live-domain.ts';

const check = (devices: DomainDevices) => checkHostDevices(domain('a', { devices }));
/** An address that no host has: the last one there can be. */
const nowhere = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 7 };
const nvme = { ...nowhere, managed: true, namespace: 1 };

test.each<[string, DomainDevices, string]>([
  [
    'a PCI device',
    { hostdevs: [{ type: 'pci', alias: 'card', managed: true, pci: nowhere }] },
    'hostdev card',
  ],
  ['the drive of an NVMe disk', { disks: [{ alias: 'fast', nvme }] }, 'disk fast'],
  [
    'the drive of an image below a disk',
    {
      disks: [
        { alias: 'over', file: '/srv/a.qcow2', format: 'qcow2', backingStore: { nvme } } satisfies Disk,
      ],
    },
    'disk over',
  ],
])('%s that the host lacks is named before a start', async (_, devices, what) => {
  await expect(check(devices)).rejects.toMatchObject({
    code: 'device-missing',
    message: `${what}: /sys/bus/pci/devices/ffff:ff:1f.7 does not exist`,
    suggestion: '`lspci -D` lists the devices of this host',
  });
});
