import type { DomainSpec } from '../../../model/domain.ts';
import { uuidText } from '../../../model/uuid-text.ts';
import { chipsetOf } from '../complete/machine.ts';
import { checkMachineType } from './machine-type.ts';
import type { Report } from './report.ts';

const mebibyte = 1024 * 1024;

/** Features, clock and SMBIOS. */
export function checkMachine(spec: DomainSpec, report: Report): void {
  const smm = spec.features?.smm;
  if (smm?.tseg !== undefined && smm.tseg % mebibyte !== 0)
    report('invalid-value', 'spec.features.smm.tseg', `tseg must be whole mebibytes, not ${smm.tseg} bytes`);
  if (smm?.tseg !== undefined && chipsetOf(spec.os?.machine ?? 'pc') !== 'q35')
    report(
      'conflicting-options',
      'spec.features.smm.tseg',
      'only a q35 machine has a TSEG of chosen size',
      'use machine q35',
    );
  const cache = spec.features?.tcgTbCache;
  if (cache !== undefined && cache % mebibyte !== 0)
    report('invalid-value', 'spec.features.tcgTbCache', 'the cache must be whole mebibytes', 'e.g. 128MiB');
  if (cache !== undefined && spec.accel === 'kvm')
    report(
      'conflicting-options',
      'spec.features.tcgTbCache',
      'the options of TCG are for accel tcg',
      'leave it out',
    );
  checkMachineType(spec, report);
  checkSmbios(spec, report);
  checkHyperv(spec, report);
  checkFwcfg(spec, report);
  checkLifecycle(spec, report);
  checkDirtyRing(spec, report);
  checkIdmap(spec, report);
}

/** A map of ids means nothing to QEMU, and is held to what it has to be for a container. */
function checkIdmap({ idmap }: DomainSpec, report: Report): void {
  if (idmap === undefined) return;
  for (const field of ['uids', 'gids'] as const)
    if (idmap[field]?.some(({ start }) => start === 0) !== true)
      report(
        'missing-field',
        `spec.idmap.${field}`,
        `${field} must map 0, the root user, too`,
        'leave idmap out',
      );
}

function checkSmbios(spec: DomainSpec, report: Report): void {
  if (spec.os?.smbios === 'sysinfo' && spec.sysinfo === undefined)
    report(
      'missing-field',
      'spec.sysinfo',
      'smbios mode sysinfo shows what sysinfo says, and there is none',
      'add sysinfo',
    );
  checkSmbiosBlocks(spec, report);
  const uuid = spec.sysinfo?.system?.['uuid'];
  if (uuid === undefined) return;
  if (spec.uuid !== undefined && uuidText(uuid) !== uuidText(spec.uuid))
    report(
      'conflicting-options',
      'spec.sysinfo.system.uuid',
      `the SMBIOS UUID ${uuid} is not that of the domain`,
      'leave it out: the guest sees the UUID of the domain',
    );
}

/** QEMU shows one board, and takes dates as the BIOS writes them. */
function checkSmbiosBlocks({ sysinfo, os }: DomainSpec, report: Report): void {
  if (os?.smbios === 'sysinfo' && (sysinfo?.baseBoards?.length ?? 0) > 1)
    report(
      'not-supported',
      'spec.sysinfo.baseBoards',
      'QEMU shows the guest one board, not several',
      'keep one of them',
    );
  const date = sysinfo?.bios?.['date'];
  const [, month, day, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4})$/.exec(date ?? '') ?? [];
  const inRange =
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= 31 &&
    (year?.length === 2 || Number(year) >= 1900);
  if (date !== undefined && !inRange)
    report(
      'invalid-value',
      'spec.sysinfo.bios.date',
      `${date} is no date of a BIOS`,
      'write it as 12/31/2024',
    );
  const uuid = sysinfo?.system?.['uuid'];
  if (uuid !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuidText(uuid)))
    report('invalid-value', 'spec.sysinfo.system.uuid', `${uuid} is no UUID`);
}

function checkHyperv({ features }: DomainSpec, report: Report): void {
  for (const part of ['tlbflushDirect', 'tlbflushExtended'] as const)
    if (features?.hyperv?.[part] !== undefined && features.hyperv.tlbflush !== true)
      report(
        'conflicting-options',
        `spec.features.hyperv.${part}`,
        'this is a part of tlbflush, which is not on',
        'set tlbflush: true',
      );
  const spinlocks = features?.hyperv?.spinlocks;
  if (spinlocks !== undefined && spinlocks.state !== false && spinlocks.retries === undefined)
    report(
      'missing-field',
      'spec.features.hyperv.spinlocks.retries',
      'how often to retry is missing',
      'for example 8191',
    );
}

function checkFwcfg({ fwcfg = [] }: DomainSpec, report: Report): void {
  fwcfg.forEach(({ name, value, file }, index) => {
    const path = `spec.fwcfg[${index}]`;
    if (!name.startsWith('opt/'))
      report('invalid-name', `${path}.name`, 'names of files for the guest start with opt/', `opt/${name}`);
    if (name.startsWith('opt/ovmf/') || name.startsWith('opt/org.qemu/'))
      report('invalid-name', `${path}.name`, `${name} belongs to QEMU and its firmware`);
    if (value === undefined && file === undefined)
      report('missing-field', `${path}.value`, 'a value or a file is missing');
  });
}

/** What QEMU can do when the guest ends. */
function checkLifecycle(spec: DomainSpec, report: Report): void {
  for (const field of ['onPoweroff', 'onReboot', 'onCrash'] as const) {
    const action = spec[field];
    if (action === 'rename-restart' || (action === 'preserve' && field !== 'onCrash'))
      report('not-supported', `spec.${field}`, `QEMU cannot do ${action}`, 'use destroy or restart');
  }
  if (spec.onPoweroff === 'restart' && spec.onReboot === 'destroy')
    report(
      'conflicting-options',
      'spec.onReboot',
      'a power-off that restarts and a reboot that destroys cannot both be had',
    );
}

function checkDirtyRing({ features }: DomainSpec, report: Report): void {
  const ring = features?.kvm?.dirtyRing;
  if (ring?.state !== true) return;
  const path = 'spec.features.kvm.dirtyRing.size';
  if (ring.size === undefined) report('missing-field', path, 'the ring has no size', '1024 to 65536');
  else if (!Number.isInteger(Math.log2(ring.size)))
    report('invalid-value', path, `the size of the ring must be a power of two, not ${ring.size}`);
}
