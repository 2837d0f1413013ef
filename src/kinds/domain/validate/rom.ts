import type { Device, Rom } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

/** A ROM that is switched off has no other properties, and only PCI devices have one. */
export function checkRom(
  { rom, address }: Device & { readonly rom?: Rom },
  path: string,
  report: Report,
  isPci = address === undefined || address.type === 'pci',
): void {
  if (rom === undefined) return;
  if (!isPci) report('conflicting-options', `${path}.rom`, 'only PCI devices have a boot ROM');
  if (rom.enabled === false && (rom.bar !== undefined || rom.file !== undefined))
    report(
      'conflicting-options',
      `${path}.rom.${rom.file === undefined ? 'bar' : 'file'}`,
      'a ROM that is switched off has no bar and no file',
      'remove them, or enabled: false',
    );
}
