import type { DomainSpec } from '../../../model/domain.ts';
import type { Controller, Input } from '../../../model/domain-devices.ts';
import { isIch9 } from '../complete/controllers.ts';
import { chipsetOf } from '../complete/machine.ts';
import { connectionOfBridge } from '../complete/pci-topology.ts';
import { busOfTarget } from '../complete/target-name.ts';
import { controllerRules } from './controller-rules.ts';
import type { Report } from './report.ts';
import { checkRules } from './rules.ts';

export function checkControllers(spec: DomainSpec, report: Report): void {
  const controllers = spec.devices?.controllers ?? [];
  const machine = spec.os?.machine ?? 'pc';
  const chipset = chipsetOf(machine);
  const taken = new Map<string, string>();
  controllers.forEach((one, index) => {
    const path = `spec.devices.controllers[${index}]`;
    if (one.index !== undefined) {
      const key = `${one.type}${one.index}${isIch9(one) ? one.model : ''}`;
      const other = taken.get(key);
      if (other !== undefined)
        report(
          'conflicting-options',
          `${path}.index`,
          `${other} is the ${one.type} controller ${one.index} already`,
          'use another index',
        );
      taken.set(key, path);
    }
    checkRules(controllerRules, one, path, spec, report);
    if (one.type === 'pci') checkBridge(one, path, chipset, report);
    if (one.type === 'ide' && chipset !== 'i440fx')
      report(
        'conflicting-options',
        `${path}.type`,
        `${machine} has no IDE controller for disks`,
        'use sata, or machine pc',
      );
    if (one.type === 'ide' && (one.index ?? 0) > 0)
      report('limit-exceeded', `${path}.index`, 'a PC has one IDE controller');
    if (one.type === 'fdc' && (one.index ?? 0) > 0)
      report('limit-exceeded', `${path}.index`, 'a PC has one floppy controller');
    if (one.type === 'virtio-serial' && one.ports !== undefined && (one.ports < 1 || one.ports > 31))
      report(
        'invalid-value',
        `${path}.ports`,
        `a virtio-serial controller has 1 to 31 ports, not ${one.ports}`,
      );
  });
  checkUsb(controllers, spec, report);
  if (chipset !== 'i440fx')
    spec.devices?.disks?.forEach((disk, index) => {
      if ((disk.bus ?? busOfTarget(disk.dev ?? '')) !== 'ide') return;
      report(
        'conflicting-options',
        `spec.devices.disks[${index}].bus`,
        `${machine} has no IDE bus for disks`,
        'use sata, or machine pc',
      );
    });
}

/** Its PCI controller 0 is a root: else no address on any bus means anything. */
export function hasPciRoot({ devices }: DomainSpec): boolean {
  const root = devices?.controllers?.find(({ type, index }) => type === 'pci' && index === 0);
  return root?.model === undefined || root.model === 'pci-root' || root.model === 'pcie-root';
}

function checkBridge(one: Controller, path: string, chipset: string, report: Report): void {
  const root = chipset === 'q35' ? 'pcie-root' : 'pci-root';
  if (one.index === 0 && one.model !== undefined && one.model !== root)
    report(
      'conflicting-options',
      `${path}.model`,
      `PCI controller 0 of this machine is ${root}, not ${one.model}`,
      'give it an index from 1 on',
    );
  if (
    one.index !== 0 &&
    one.model !== undefined &&
    one.model !== root &&
    connectionOfBridge(one.model) === undefined
  )
    report(
      'invalid-value',
      `${path}.model`,
      `${one.model} is no bridge that can be added`,
      `use ${chipset === 'q35' ? 'pcie-root-port' : 'pci-bridge'}`,
    );
}

/** A plain bridge comes after the bus that it sits on, and none hangs from itself. */
export function checkBridgeOrder(spec: DomainSpec, report: Report): void {
  const controllers = spec.devices?.controllers ?? [];
  const above = new Map(
    controllers.flatMap(({ type, index, address }) =>
      type === 'pci' && index !== undefined && address?.type === 'pci'
        ? [[index, address.bus ?? 0] as const]
        : [],
    ),
  );
  controllers.forEach(({ type, index, model }, at) => {
    const bus = type === 'pci' && index !== undefined ? above.get(index) : undefined;
    if (index === undefined || bus === undefined || index > bus) return;
    const refuse = (message: string) =>
      report('conflicting-options', `spec.devices.controllers[${at}].address.bus`, message);
    if (model === 'pci-bridge')
      refuse(`PCI controller ${index} sits on bus ${bus}; its index must be larger than that`);
    else if (hangsFrom(index, bus, above)) refuse(`PCI controller ${index} hangs from itself`);
  });
}

function hangsFrom(index: number, bus: number, above: ReadonlyMap<number, number>): boolean {
  const seen = new Set<number>();
  for (let at: number | undefined = bus; at !== undefined && !seen.has(at); at = above.get(at)) {
    if (at === index) return true;
    seen.add(at);
  }
  return false;
}

function checkUsb(controllers: readonly Controller[], spec: DomainSpec, report: Report): void {
  controllers.forEach((one, index) => {
    if (one.type !== 'usb') return;
    const path = `spec.devices.controllers[${index}]`;
    const isPart = isIch9(one) && one.model !== 'ich9-ehci1';
    const hasMaster = controllers.some((other) => other.model === 'ich9-ehci1' && other.index === one.index);
    if (isPart && !hasMaster)
      report(
        'missing-controller',
        `${path}.model`,
        `${one.model} is part of an ich9-ehci1 with the same index, and there is none`,
      );
    if (one.model === 'none' && controllers.some((other) => other.type === 'usb' && other !== one))
      report(
        'conflicting-options',
        `${path}.model`,
        'USB is switched off, and there is another USB controller',
      );
  });
  const first = controllers.findIndex((one) => one.type === 'usb');
  if (first >= 0 && controllers.every((one) => one.type !== 'usb' || one.masterStartport !== undefined))
    report(
      'missing-controller',
      `spec.devices.controllers[${first}].masterStartport`,
      'every USB controller is the companion of another, and that one is missing',
      'add an ich9-ehci1 with the same index',
    );
  if (!controllers.some((one) => one.type === 'usb' && one.model === 'none')) return;
  const { disks = [], inputs = [], serials = [], sounds = [] } = spec.devices ?? {};
  const refuse = (list: string, uses: (index: number) => boolean, length: number): void => {
    for (let index = 0; index < length; index += 1)
      if (uses(index))
        report(
          'missing-controller',
          `spec.devices.${list}[${index}]`,
          'the device needs USB, which is switched off',
        );
  };
  refuse('hubs', () => true, spec.devices?.hubs?.length ?? 0);
  refuse('disks', (index) => disks[index]?.bus === 'usb', disks.length);
  // Without a bus only a tablet is on this one.
  refuse('inputs', (index) => isOnUsb(inputs[index]), inputs.length);
  refuse('serials', (index) => serials[index]?.targetType === 'usb-serial', serials.length);
  refuse('sounds', (index) => sounds[index]?.model === 'usb', sounds.length);
}

function isOnUsb(input: Input | undefined): boolean {
  return (input?.bus ?? (input?.type === 'tablet' ? 'usb' : undefined)) === 'usb';
}
