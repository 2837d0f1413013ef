import type { DomainSpec } from '../../../model/domain.ts';
import { type Arguments, words } from './arguments.ts';

/** Boot menu and direct kernel. The order is said by each device's bootindex; strict: nothing else is tried. */
export function buildBoot({ os = {} }: DomainSpec, args: Arguments): void {
  const { bootMenu, bios, kernel, initrd, cmdline, dtb, acpiTable } = os;
  args.add(
    '-boot',
    words('strict=on', {
      menu: bootMenu?.enable,
      'splash-time': bootMenu?.enable ? bootMenu.timeout : undefined,
      'reboot-timeout': bios?.rebootTimeout,
    }),
  );
  if (kernel !== undefined) args.add('-kernel', kernel);
  if (initrd !== undefined) args.add('-initrd', initrd);
  if (cmdline !== undefined) args.add('-append', cmdline);
  if (dtb !== undefined) args.add('-dtb', dtb);
  if (acpiTable !== undefined) args.add('-acpitable', words('sig=SLIC', { file: acpiTable.path }));
}
