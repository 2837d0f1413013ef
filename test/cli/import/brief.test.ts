import { expect, test } from 'vitest';
import { brief } from '../../../src/cli/import/brief.ts';
import { baselineCapabilities } from '../../../src/kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../../src/kinds/domain/complete.ts';
import type { DomainDef } from '../../../src/model/domain.ts';

const complete = (def: DomainDef) => completeDomain(def, undefined, baselineCapabilities);
const machine: DomainDef = complete({
  kind: 'Domain',
  metadata: { name: 'web' },
  spec: {
    memory: 2 ** 30,
    os: { machine: 'pc-q35-7.2' },
    devices: { disks: [{ file: '/a.raw', bus: 'virtio', dev: 'vda' }], serials: [{}], videos: [{}] },
  },
});
const { devices = {} } = machine.spec;

test('what follows from the place of a bridge, or from the machine, is left out', () => {
  const short = brief(machine).spec.devices;
  const ports = short?.controllers?.filter(({ model }) => model === 'pcie-root-port') ?? [];
  expect(ports.length).toBeGreaterThan(1);
  for (const port of ports) expect(Object.keys(port)).not.toContain('chassis');
  expect(ports[0]?.address).toEqual(
    devices.controllers?.find(({ model }) => model === 'pcie-root-port')?.address,
  );
  expect(short?.controllers?.some(({ model }) => model === 'pcie-root')).toBe(false);
  expect(complete(brief(machine)).spec.devices?.disks).toEqual(devices.disks);
});

test('what does not follow stays', () => {
  const controllers = devices.controllers?.map((one) =>
    one.model === 'pcie-root-port' ? { ...one, chassis: (one.index ?? 0) + 7 } : one,
  );
  const other = {
    ...machine,
    spec: { ...machine.spec, devices: { ...devices, ...(controllers ? { controllers } : {}) } },
  };
  const [port] =
    brief(other).spec.devices?.controllers?.filter(({ model }) => model === 'pcie-root-port') ?? [];
  expect(port?.chassis).toBe((port?.index ?? 0) + 7);
});
