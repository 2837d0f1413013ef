import type { DomainSpec, Sysinfo } from '../../../model/domain.ts';
import { type Arguments, escapeComma, words } from './arguments.ts';

/** Files that the guest and its firmware can ask for. */
export function buildFwcfg({ fwcfg = [] }: DomainSpec, args: Arguments): void {
  for (const { name, value, file } of fwcfg)
    args.add(
      '-fw_cfg',
      words(`name=${escapeComma(name)}`, value === undefined ? { file } : { string: value }),
    );
}

/** SMBIOS tables from `sysinfo`, or as the host's. libvirt's names of the entries are QEMU's. */
export function buildSmbios({ sysinfo, os }: DomainSpec, host: Sysinfo | undefined, args: Arguments): void {
  const shown = os?.smbios === 'host' ? host : os?.smbios === 'sysinfo' ? sysinfo : undefined;
  if (shown === undefined) return;
  const { bios, system, baseBoards = [], chassis, oemStrings = [] } = shown;
  const add = (type: number, entries: Readonly<Record<string, string>> | undefined): void => {
    if (entries !== undefined && Object.keys(entries).length > 0)
      args.add('-smbios', words(`type=${type}`, entries));
  };
  add(0, bios);
  add(1, system);
  // libvirt always says who made board and chassis, so that the guest reads nothing there rather than QEMU.
  for (const board of baseBoards) add(2, { manufacturer: '', ...board });
  add(3, chassis && { manufacturer: '', ...chassis });
  if (oemStrings.length > 0)
    args.add('-smbios', ['type=11', ...oemStrings.map((value) => `value=${escapeComma(value)}`)].join(','));
}
