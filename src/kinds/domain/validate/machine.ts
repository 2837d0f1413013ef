import type { DomainSpec } from '../../../model/domain.ts';
import { chipsetOf } from '../complete/machine.ts';
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
  if (spec.features?.ioapic === 'kvm' && spec.accel === 'tcg')
    report(
      'conflicting-options',
      'spec.features.ioapic',
      'the I/O APIC of KVM needs KVM; this domain runs under TCG',
      'use qemu',
    );
  const timers = new Set<string>();
  spec.clock?.timers?.forEach((timer, index) => {
    if (timers.has(timer.name))
      report(
        'conflicting-options',
        `spec.clock.timers[${index}].name`,
        `timer ${timer.name} is listed twice`,
      );
    timers.add(timer.name);
  });
  if (spec.clock?.offset === 'timezone' && spec.clock.timezone === undefined)
    report(
      'missing-field',
      'spec.clock.timezone',
      'offset timezone needs the name of a timezone',
      'e.g. Europe/Paris',
    );
  checkSmbios(spec, report);
}

function checkSmbios(spec: DomainSpec, report: Report): void {
  if (spec.os?.smbios === 'sysinfo' && spec.sysinfo === undefined)
    report(
      'missing-field',
      'spec.sysinfo',
      'smbios mode sysinfo shows what sysinfo says, and there is none',
      'add sysinfo',
    );
  const uuid = spec.sysinfo?.system?.['uuid'];
  if (uuid === undefined || spec.uuid === undefined) return;
  if (plain(uuid) !== plain(spec.uuid))
    report(
      'conflicting-options',
      'spec.sysinfo.system.uuid',
      `the SMBIOS UUID ${uuid} is not the domain's ${spec.uuid}`,
      'leave it out: the guest sees the UUID of the domain',
    );
}

function plain(uuid: string): string {
  return uuid.replaceAll('-', '').toLowerCase();
}
