import type { Problem } from '../../model/diagnostic.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Controller, Device, DomainDevices } from '../../model/domain-devices.ts';

const kib = 1024;
const gib = 1024 ** 3;

/** What could not be added to this completed definition while it runs, and the line that keeps room for it. */
export function headRoomProblems({ spec }: DomainDef): readonly Problem[] {
  const problems: Problem[] = [];
  const hint = (path: string, message: string, suggestion: string) =>
    problems.push({ severity: 'notice', code: 'no-head-room', path, message, suggestion });
  const { maximum = 1, current = maximum } = spec.vcpus ?? {};
  if (current >= maximum)
    hint(
      'spec.vcpus',
      'no vCPU can be added while it runs',
      `to keep room: vcpus: {maximum: ${2 * maximum}, current: ${maximum}}`,
    );
  if (spec.maxMemory === undefined) {
    const room = `maxMemory: {size: ${Math.max(1, Math.ceil((2 * spec.memory) / gib))}GiB, slots: 4}`;
    // Memory modules belong to a cell.
    const cell = `cpu: {numa: {cells: [{cpus: '${maximum === 1 ? '0' : `0-${maximum - 1}`}', memory: ${spec.memory / kib}KiB}]}}`;
    const hasCells = (spec.cpu?.numa?.cells ?? []).length > 0;
    hint(
      'spec.memory',
      'no memory can be added while it runs',
      `to keep room: ${room}${hasCells ? '' : `, and ${cell}`}`,
    );
  }
  const bridges = (spec.devices?.controllers ?? []).filter(({ type }) => type === 'pci');
  const isExpress = bridges.some(({ model }) => model === 'pcie-root');
  if (isExpress && !hasFreePort(spec.devices, bridges)) {
    const index = 1 + Math.max(...bridges.map((bridge) => bridge.index ?? 0));
    hint(
      'spec.devices.controllers',
      'no PCI Express port is free: no disk, card or other PCI device can be added while it runs',
      `to keep room, write as devices.controllers one more: {type: pci, index: ${index}, model: pcie-root-port}`,
    );
  }
  return problems;
}

function hasFreePort(devices: DomainDevices = {}, bridges: readonly Controller[]): boolean {
  const all = Object.values(devices).flat() as readonly Device[];
  const taken = new Set(all.map(({ address }) => (address?.type === 'pci' ? address.bus : undefined)));
  return bridges.some(
    ({ model, index, hotplug = true }) => model === 'pcie-root-port' && hotplug && !taken.has(index),
  );
}
