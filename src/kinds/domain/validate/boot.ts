import type { DomainSpec } from '../../../model/domain.ts';
import { chipsetOf } from '../complete/machine.ts';
import { relativePaths } from '../relative-paths.ts';
import type { Report } from './report.ts';
import { checkNetwork } from './storage.ts';

/** Firmware, kernel and what the guest boots from. */
export function checkBoot(spec: DomainSpec, report: Report): void {
  checkFirmware(spec, report);
  checkSearch(spec, report);
  checkBootOrder(spec, report);
  checkVariables(spec, report);
  for (const { field, path } of relativePaths(spec.os ?? {}))
    report(
      'invalid-value',
      `spec.os.${field}`,
      `${path} has no directory: nothing starts with it`,
      `write it whole: libvirt means /${path}`,
      'warning',
    );
  const timeout = spec.os?.bootMenu?.timeout;
  if (timeout !== undefined && timeout > 65_535)
    report('invalid-value', 'spec.os.bootMenu.timeout', `at most 65535 ms, not ${timeout}`);
  const { os } = spec;
  for (const field of ['initrd', 'cmdline', 'dtb'] as const)
    if (os?.[field] !== undefined && os.kernel === undefined)
      report(
        'conflicting-options',
        `spec.os.${field}`,
        `${field} does nothing without a kernel`,
        'add kernel',
        'warning',
      );
  if (
    os?.bios?.useserial === true &&
    (spec.devices?.serials ?? []).length + (spec.devices?.consoles ?? []).length === 0
  )
    report(
      'missing-field',
      'spec.os.bios.useserial',
      'the BIOS is to use a serial port, and there is none',
      'add a serial',
    );
}

function checkFirmware(spec: DomainSpec, report: Report): void {
  const { os, features } = spec;
  const loader = os?.loader;
  if (os?.firmware === 'efi' && features?.acpi === false)
    report(
      'conflicting-options',
      'spec.features.acpi',
      'UEFI firmware needs ACPI',
      'switch acpi on, or use firmware bios',
    );
  if (loader?.path !== undefined && loader.type === 'pflash' && features?.acpi === false)
    report('conflicting-options', 'spec.features.acpi', 'UEFI firmware needs ACPI', 'switch acpi on');
  const wantsSecureBoot = os?.firmwareFeatures?.find(({ name }) => name === 'secure-boot')?.enabled;
  if (wantsSecureBoot === true && chipsetOf(os?.machine ?? 'pc') !== 'q35')
    report(
      'conflicting-options',
      'spec.os.firmwareFeatures',
      'secure-boot works on q35 machines only',
      'use machine q35',
    );
  if (
    os?.firmware === 'efi' &&
    features?.smm?.state === false &&
    wantsSecureBoot !== false &&
    chipsetOf(os.machine ?? 'pc') === 'q35'
  )
    report(
      'conflicting-options',
      'spec.features.smm',
      'the firmware of choice has secure-boot, which needs system management mode',
      'switch smm on, or ask for secure-boot: false',
    );
  if (os?.firmware === undefined && loader?.path === undefined) {
    if (os?.nvram !== undefined)
      report(
        'missing-field',
        'spec.os.loader',
        'nvram keeps the variables of UEFI firmware, and none is chosen',
        'set firmware: efi',
      );
    if (os?.firmwareFeatures !== undefined)
      report(
        'missing-field',
        'spec.os.firmware',
        'features are asked of a firmware that is not chosen',
        'set firmware: efi',
      );
    if (loader !== undefined)
      report(
        'missing-field',
        'spec.os.loader.path',
        'the loader has no path, and no firmware is chosen',
        'set firmware: efi',
      );
  }
  if (loader?.path !== undefined && loader.type !== 'pflash' && os?.nvram !== undefined)
    report(
      'conflicting-options',
      'spec.os.nvram',
      'only a loader of type pflash keeps variables in nvram: it does nothing',
      'set loader.type: pflash',
      'warning',
    );
  if (loader?.path !== undefined && loader.type !== 'pflash' && loader.stateless === false)
    report(
      'conflicting-options',
      'spec.os.loader.stateless',
      'only a loader of type pflash keeps variables',
      'leave stateless out',
    );
  if (loader?.stateless === true && (os?.nvram?.path !== undefined || os?.nvram?.template !== undefined))
    report(
      'conflicting-options',
      'spec.os.nvram',
      'a stateless loader keeps no variables',
      'leave nvram or stateless out',
    );
  const { template, format = 'raw', templateFormat = format } = os?.nvram ?? {};
  if (template !== undefined && templateFormat !== format)
    report(
      'not-supported',
      'spec.os.nvram.templateFormat',
      `the variables are a copy of their template: ${format} is not made from ${templateFormat}`,
      'give both one format',
    );
  if (loader?.secure === true) {
    if (chipsetOf(os?.machine ?? 'pc') !== 'q35')
      report(
        'conflicting-options',
        'spec.os.loader.secure',
        'secure boot works on q35 machines only',
        'use machine q35',
      );
    else if (features?.smm?.state === false)
      report(
        'conflicting-options',
        'spec.features.smm',
        'secure boot needs system management mode',
        'switch smm on',
      );
    else if (loader.path !== undefined && features?.smm?.state !== true)
      report(
        'missing-field',
        'spec.features.smm',
        'secure boot needs system management mode',
        'switch smm on',
      );
  }
}

/** One place for the variables, and one that can be written. */
function checkVariables(spec: DomainSpec, report: Report): void {
  const { nvram } = spec.os ?? {};
  if (nvram === undefined) return;
  const { type, path, network } = nvram;
  if (type === 'network' && network === undefined)
    report('missing-field', 'spec.os.nvram.network', 'the server is missing', 'add network');
  if (network === undefined) return;
  checkNetwork(network, 'spec.os.nvram.network', spec, report);
  if (path !== undefined || type !== 'network')
    report(
      'conflicting-options',
      'spec.os.nvram.network',
      'the variables are on a server, and in a file',
      'keep one of the two',
    );
}

/** An image that is looked for is not described as well. */
function checkSearch({ os }: DomainSpec, report: Report): void {
  if (os?.firmware === undefined || os.loader?.path !== undefined) return;
  const given = [
    ['loader.type', os.loader?.type],
    ['loader.readonly', os.loader?.readonly],
    ['loader.secure', os.loader?.secure === false ? false : undefined],
    ['nvram.template', os.nvram?.template],
  ] as const;
  for (const [field, value] of given)
    if (value !== undefined)
      report(
        'conflicting-options',
        `spec.os.${field}`,
        `firmware ${os.firmware} looks for an image by itself, and ${field} describes one`,
        'leave it out, or leave firmware out and name the image',
      );
  const wish = (name: string) => os.firmwareFeatures?.find((one) => one.name === name)?.enabled;
  if (wish('enrolled-keys') === true && wish('secure-boot') === false)
    report(
      'conflicting-options',
      'spec.os.firmwareFeatures',
      'enrolled-keys are for secure-boot, which is to be off',
    );
  if (os.firmware === 'bios' && (os.nvram !== undefined || os.loader?.stateless === false))
    report('conflicting-options', 'spec.os.nvram', 'only UEFI firmware keeps variables in nvram');
}

function checkBootOrder(spec: DomainSpec, report: Report): void {
  const orders = new Map<number, string>();
  for (const list of ['disks', 'interfaces', 'hostdevs', 'redirdevs', 'filesystems'] as const)
    spec.devices?.[list]?.forEach((device, index) => {
      if (device.bootOrder === undefined) return;
      const path = `spec.devices.${list}[${index}].bootOrder`;
      const other = orders.get(device.bootOrder);
      if (other !== undefined)
        report(
          'conflicting-options',
          path,
          `boot order ${device.bootOrder} is taken by ${other}`,
          'give each device its own number',
        );
      orders.set(device.bootOrder, path);
    });
  if (orders.size > 0 && (spec.os?.boot?.length ?? 0) > 0)
    report(
      'conflicting-options',
      'spec.os.boot',
      'boot order is given twice: for the machine (os.boot) and for single devices (bootOrder)',
      'keep one of the two',
    );
}
