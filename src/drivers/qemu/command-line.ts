import type { DomainDef } from '../../model/domain.ts';
import { Arguments, words } from './command-line/arguments.ts';
import type { CommandLineContext } from './command-line/context.ts';
import { buildCpu } from './command-line/cpu.ts';
import { buildBoot, buildClock, buildMachine, buildResources, buildSmbios } from './command-line/machine.ts';
import { MachineView } from './command-line/machine-view.ts';
import type { DeviceBuild } from './devices/contract.ts';
import { buildDevices } from './devices/table.ts';

/** A QEMU process as data: what to run, and what to say to it while it is still paused. */
export interface CommandLine {
  readonly emulator: string;
  readonly args: readonly string[];
  readonly configure: readonly {
    readonly command: string;
    readonly arguments: Readonly<Record<string, unknown>>;
  }[];
}

export const defaultEmulator = '/usr/bin/qemu-system-x86_64';

/** The one command line of a completed definition. Pure: equal input, equal output; touches nothing. */
export function buildCommandLine(def: DomainDef, context: CommandLineContext): CommandLine {
  const args = new Arguments();
  const view = new MachineView(def);
  const { spec } = def;
  args.add('-name', words(`guest=${def.metadata.name.replaceAll(',', ',,')}`, { 'debug-threads': true }));
  args.add('-S');
  args.add('-no-user-config');
  args.add('-nodefaults');
  buildMachine(def, context, view, args);
  buildCpu(def, args);
  buildResources(def, args);
  if (spec.uuid !== undefined) args.add('-uuid', spec.uuid);
  if (spec.genid !== undefined) args.device('vmgenid', { guid: spec.genid, id: 'vmgenid0' });
  buildSmbios(def, args);
  args.add('-display', 'none');
  buildMonitors(context, args);
  buildClock(def, args);
  buildBoot(def, view, args);
  const configure: DeviceBuild['configure'][number][] = [];
  buildDevices(spec.devices ?? {}, { view, context, args, configure });
  args.add('-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
  args.add('-msg', 'timestamp=on');
  return { emulator: spec.emulator ?? defaultEmulator, args: args.list, configure };
}

/** Two QMP connections: one for the loop, one for emergencies. */
function buildMonitors({ monitorFds, directory }: CommandLineContext, args: Arguments): void {
  for (const at of [0, 1] as const) {
    const where = monitorFds ? { fd: monitorFds[at] } : { path: `${directory}/qmp${at}.sock` };
    args.add('-chardev', words('socket', { id: `monitor${at}`, ...where, server: true, wait: false }));
    args.add('-mon', `chardev=monitor${at},id=monitor${at},mode=control`);
  }
}
