import type { DomainSpec } from '../../../model/domain.ts';
import type { Crypto, Shmem, Smartcard, Watchdog } from '../../../model/domain-devices.ts';
import { chipsetOf } from '../complete/machine.ts';
import type { Report } from './report.ts';
import { checkEach, type Rule } from './rules.ts';

const mebibyte = 1024 * 1024;

/** Rules of the smaller device classes. */
export function checkDevices(spec: DomainSpec, report: Report): void {
  checkCharacterDevices(spec, report);
  checkSingles(spec, report);
  checkSharedMemory(spec, report);
  checkSmartcards(spec, report);
  checkVsock(spec, report);
  checkEach(cryptoRules, spec.devices?.cryptos, 'spec.devices.cryptos', spec, report);
}

function checkCharacterDevices(spec: DomainSpec, report: Report): void {
  const { serials = [], consoles = [], channels = [] } = spec.devices ?? {};
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

function checkSingles(spec: DomainSpec, report: Report): void {
  const { tpms = [], watchdogs = [], panics = [] } = spec.devices ?? {};
  if (tpms.length > 1) report('limit-exceeded', 'spec.devices.tpms[1]', 'a domain has at most one TPM');
  tpms.forEach((tpm, index) => {
    const path = `spec.devices.tpms[${index}]`;
    if (tpm.backend === 'external' && tpm.source?.path === undefined)
      report('missing-field', `${path}.source`, 'the socket of the TPM is missing', 'add source.path');
    if (tpm.source?.mode === 'bind')
      report('not-supported', `${path}.source.mode`, 'QEMU connects to the TPM', 'use connect');
    if (tpm.pcrBanks !== undefined && (tpm.version ?? (tpm.model === 'tpm-crb' ? '2.0' : '1.2')) !== '2.0')
      report('conflicting-options', `${path}.pcrBanks`, 'only TPM 2.0 has banks', "set version: '2.0'");
    if (tpm.model === 'tpm-crb' && tpm.version === '1.2')
      report(
        'conflicting-options',
        `spec.devices.tpms[${index}].version`,
        'tpm-crb exists as TPM 2.0 only',
        "set version: '2.0'",
      );
  });
  const ownChip = (watchdog: Watchdog): boolean => watchdog.model === 'itco';
  for (const [, second] of [watchdogs.filter(ownChip), watchdogs.filter((one) => !ownChip(one))])
    if (second !== undefined)
      report(
        'limit-exceeded',
        `spec.devices.watchdogs[${watchdogs.indexOf(second)}]`,
        'a domain has at most one watchdog beside the one of its chipset',
      );
  watchdogs.forEach((watchdog, index) => {
    const path = `spec.devices.watchdogs[${index}]`;
    if (watchdog.model !== 'i6300esb' && watchdog.address !== undefined)
      report(
        'conflicting-options',
        `${path}.address`,
        `the address of an ${watchdog.model} is fixed`,
        'leave address out',
      );
    if (
      watchdog.model === 'diag288' ||
      (watchdog.model === 'itco' && chipsetOf(spec.os?.machine ?? 'pc') !== 'q35')
    )
      report(
        'not-supported',
        `${path}.model`,
        `there is no ${watchdog.model} watchdog on this machine`,
        'use i6300esb',
      );
    if ((watchdog.action ?? 'reset') !== (watchdogs[0]?.action ?? 'reset'))
      report(
        'conflicting-options',
        `${path}.action`,
        'QEMU has one action for all watchdogs',
        'give each the same',
      );
  });
  const models = new Set<string>();
  panics.forEach((panic, index) => {
    const model = panic.model ?? 'isa';
    const path = `spec.devices.panics[${index}].model`;
    const { address } = panic;
    if (address !== undefined && (model === 'hyperv' || (model === 'isa' && address.type !== 'isa')))
      report(
        'conflicting-options',
        `spec.devices.panics[${index}].address`,
        model === 'hyperv'
          ? 'hyperv is no device, and has no address'
          : 'this panic device is on the ISA bus',
        'leave address out',
      );
    if (models.has(model))
      report('conflicting-options', path, `there are two panic devices of model ${model}`);
    if (model === 'pseries' || model === 's390')
      report('not-supported', path, `x86 has no ${model} panic device`, 'use isa');
    models.add(model);
  });
}

const cryptoRules: readonly Rule<Crypto>[] = [
  {
    at: 'queues',
    when: ({ backend = 'builtin', queues = 1 }) => backend === 'builtin' && queues > 1,
    says: 'QEMU itself encrypts through one queue only',
    instead: 'use 1, or backend lkcf',
  },
];

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

function checkSharedMemory(spec: DomainSpec, report: Report): void {
  checkEach(shmemRules, spec.devices?.shmems, 'spec.devices.shmems', spec, report);
}

const shmemRules: readonly Rule<Shmem>[] = [
  {
    at: 'shmem',
    when: ({ shmem }) => shmem === '.' || shmem === '..',
    says: 'this name is a directory',
    instead: 'use another name',
    code: 'invalid-name',
  },
  {
    at: 'model',
    when: ({ model = 'ivshmem' }) => model === 'ivshmem',
    says: 'QEMU no longer has the old ivshmem',
    instead: 'use ivshmem-plain, or with a server ivshmem-doorbell',
    code: 'not-supported',
  },
  {
    at: 'size',
    when: ({ size = 0 }) => size > 0 && (size < mebibyte || !Number.isInteger(Math.log2(size))),
    says: 'the size must be a power of two, 1MiB or more',
    instead: 'e.g. 4MiB',
    code: 'invalid-value',
  },
  {
    at: 'server',
    when: ({ model, server }) => model === 'ivshmem-plain' && server !== undefined,
    says: 'ivshmem-plain has no server',
    instead: 'use ivshmem-doorbell, or leave server out',
  },
  {
    at: 'server',
    when: ({ model, server }) => model === 'ivshmem-doorbell' && server === undefined,
    says: 'the server is missing',
    instead: 'add server, or use ivshmem-plain',
    code: 'missing-field',
  },
  {
    at: 'size',
    when: ({ model, size }) => model === 'ivshmem-doorbell' && size !== undefined,
    says: 'how large the memory is is up to the server',
    instead: 'leave size out',
  },
  {
    at: 'msi',
    when: ({ server, msi }) => server === undefined && msi !== undefined,
    says: 'interrupts come from a server, and there is none',
    instead: 'add server, or leave msi out',
  },
];

function checkSmartcards(spec: DomainSpec, report: Report): void {
  const smartcards = spec.devices?.smartcards ?? [];
  if (smartcards.length > 1)
    report('limit-exceeded', 'spec.devices.smartcards[1]', 'QEMU has one smart card at most');
  checkEach(smartcardRules, smartcards, 'spec.devices.smartcards', spec, report);
}

const smartcardRules: readonly Rule<Smartcard>[] = [
  {
    at: 'address',
    when: ({ address }) =>
      address !== undefined &&
      (address.type !== 'ccid' || (address.slot ?? 0) > 0 || (address.controller ?? 0) > 0),
    says: 'a smart card is in slot 0 of CCID controller 0',
    instead: 'leave address out',
  },
  {
    at: 'certificates',
    when: ({ mode, certificates = [] }) => mode === 'host-certificates' && certificates.length !== 3,
    says: 'a card has three certificates',
    instead: 'name three',
    code: 'invalid-value',
  },
  {
    at: 'source',
    when: ({ mode, source }) => mode === 'passthrough' && source?.type === undefined,
    says: 'where the card is reached is missing',
    instead: 'add source, e.g. of type spicevmc',
    code: 'missing-field',
  },
];
