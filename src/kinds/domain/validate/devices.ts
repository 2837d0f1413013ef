import type { DomainSpec } from '../../../model/domain.ts';
import type { CharacterDevice } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

/** Rules of the smaller device classes. */
export function checkDevices(spec: DomainSpec, report: Report): void {
  checkCharacterDevices(spec, report);
  checkInputs(spec, report);
  checkSingles(spec, report);
  checkVsock(spec, report);
}

function checkCharacterDevices(spec: DomainSpec, report: Report): void {
  const { serials = [], parallels = [], consoles = [], channels = [] } = spec.devices ?? {};
  consoles.forEach((console, index) => {
    if (index > 0 && (console.targetType ?? 'serial') === 'serial')
      report(
        'conflicting-options',
        `spec.devices.consoles[${index}].targetType`,
        'only the first console can be the serial port',
        'use targetType virtio',
      );
  });
  const isa = serials.filter((serial) => (serial.targetType ?? 'isa-serial') === 'isa-serial');
  if (isa.length > 4)
    report(
      'limit-exceeded',
      'spec.devices.serials',
      `a PC has 4 ISA serial ports, not ${isa.length}`,
      'use targetType pci-serial',
    );
  checkBackends('serials', serials, report);
  checkBackends('parallels', parallels, report);
  checkBackends('consoles', consoles, report);
  checkBackends('channels', channels, report);
  const names = new Map<string, string>();
  channels.forEach((channel, index) => {
    if (channel.targetName === undefined) return;
    const path = `spec.devices.channels[${index}].targetName`;
    const other = names.get(channel.targetName);
    if (other !== undefined)
      report(
        'conflicting-options',
        path,
        `the guest finds ${channel.targetName} twice; it cannot tell them apart`,
        undefined,
        'warning',
      );
    names.set(channel.targetName, path);
  });
}

function checkBackends(list: string, devices: readonly CharacterDevice[], report: Report): void {
  devices.forEach((device, index) => {
    const path = `spec.devices.${list}[${index}]`;
    const type = device.type;
    if (
      (type === 'file' || type === 'pipe' || type === 'dev' || (type === 'unix' && list !== 'channels')) &&
      device.path === undefined
    )
      if (!(type === 'unix' && device.mode !== 'connect'))
        report(
          'missing-field',
          `${path}.path`,
          `a character device of type ${type} needs a path`,
          'add path',
        );
    if (type === 'unix' && device.mode === 'connect' && device.path === undefined)
      report('missing-field', `${path}.path`, 'to connect to a socket its path must be known', 'add path');
    if ((type === 'tcp' || type === 'udp') && device.service === undefined)
      report(
        'missing-field',
        `${path}.service`,
        `a character device of type ${type} needs a port`,
        'add service',
      );
  });
}

function checkInputs(spec: DomainSpec, report: Report): void {
  spec.devices?.inputs?.forEach((input, index) => {
    if (input.bus === 'ps2' && input.type === 'tablet')
      report(
        'conflicting-options',
        `spec.devices.inputs[${index}].bus`,
        'there is no PS/2 tablet',
        'use bus usb or virtio',
      );
    if (input.model?.includes('transitional'))
      report(
        'not-supported',
        `spec.devices.inputs[${index}].model`,
        `virtio input devices are modern ones only, not ${input.model}`,
        'write virtio, or leave model out',
      );
  });
}

function checkSingles(spec: DomainSpec, report: Report): void {
  const { tpms = [], watchdogs = [], panics = [] } = spec.devices ?? {};
  if (tpms.length > 1) report('limit-exceeded', 'spec.devices.tpms[1]', 'a domain has at most one TPM');
  tpms.forEach((tpm, index) => {
    if (tpm.model === 'tpm-crb' && tpm.version === '1.2')
      report(
        'conflicting-options',
        `spec.devices.tpms[${index}].version`,
        'tpm-crb exists as TPM 2.0 only',
        "set version: '2.0'",
      );
  });
  if (watchdogs.length > 1)
    report('limit-exceeded', 'spec.devices.watchdogs[1]', 'a domain has at most one watchdog');
  watchdogs.forEach((watchdog, index) => {
    const path = `spec.devices.watchdogs[${index}]`;
    if (watchdog.model !== 'i6300esb' && watchdog.address?.type === 'pci')
      report(
        'conflicting-options',
        `${path}.address`,
        `${watchdog.model} is no PCI device and has no PCI address`,
        'use i6300esb',
      );
    if (watchdog.model === 'diag288' || watchdog.model === 'itco')
      report(
        'not-supported',
        `${path}.model`,
        `there is no ${watchdog.model} watchdog on this machine`,
        'use i6300esb',
      );
  });
  const models = new Set<string>();
  panics.forEach((panic, index) => {
    const model = panic.model ?? 'isa';
    const path = `spec.devices.panics[${index}].model`;
    if (models.has(model))
      report('conflicting-options', path, `there are two panic devices of model ${model}`);
    if (model === 'pseries' || model === 's390')
      report('not-supported', path, `x86 has no ${model} panic device`, 'use isa');
    models.add(model);
  });
}

function checkVsock(spec: DomainSpec, report: Report): void {
  const vsock = spec.devices?.vsock;
  if (vsock?.cid !== undefined && vsock.cid < 3)
    report(
      'invalid-value',
      'spec.devices.vsock.cid',
      `guest CIDs begin at 3, not ${vsock.cid}`,
      'use 3 or higher, or autoCid',
    );
}
