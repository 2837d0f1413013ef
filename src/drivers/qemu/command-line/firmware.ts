import { keepsVariables } from '../../../kinds/domain/keeps-variables.ts';
import type { FirmwareFormat, Os } from '../../../model/domain.ts';
import type { DeviceBuild } from '../devices/contract.ts';
import { networkNode } from '../devices/network-node.ts';
import type { Arguments, Properties } from './arguments.ts';

/** What `-machine` says of flash chips: the code, and unless it is stateless the variables. */
export function flashChips(os: Os): { pflash0?: string; pflash1?: string } {
  if (os.loader?.type !== 'pflash') return {};
  return { pflash0: 'pflash0-format', ...(keepsVariables(os) ? { pflash1: 'pflash1-format' } : {}) };
}

/** Firmware in flash chips, or as a plain BIOS image; the machine's own when none is named. */
export function buildFirmware(os: Os, build: DeviceBuild): void {
  const { args } = build;
  const { loader } = os;
  if (loader?.path === undefined) return;
  if (loader.type !== 'pflash') {
    args.add('-bios', loader.path);
    return;
  }
  const code = { driver: 'file', filename: loader.path };
  buildFlash('pflash0', code, { format: loader.format, readonly: loader.readonly ?? true }, args);
  if (keepsVariables(os))
    buildFlash('pflash1', variables(os, build), { format: os.nvram?.format, readonly: false }, args);
  // Only code in system management mode may write the variables.
  if (loader.secure) args.add('-global', 'driver=cfi.pflash01,property=secure,value=on');
}

/** The node that the bytes of the variables are in. */
function variables({ nvram = {} }: Os, build: DeviceBuild): Properties {
  if (nvram.network !== undefined) return networkNode(nvram.network, 'pflash1-storage', build);
  return {
    driver: nvram.type === 'block' ? 'host_device' : 'file',
    filename: nvram.path ?? build.context.nvram,
  };
}

interface Flash {
  readonly format: FirmwareFormat | undefined;
  readonly readonly: boolean;
}

function buildFlash(chip: string, bytes: Properties, { format, readonly }: Flash, args: Arguments): void {
  const storage = `${chip}-storage`;
  args.json('-blockdev', {
    ...bytes,
    'node-name': storage,
    'auto-read-only': true,
    discard: 'unmap',
  });
  args.json('-blockdev', {
    'node-name': `${chip}-format`,
    'read-only': readonly,
    driver: format ?? 'raw',
    file: storage,
  });
}
