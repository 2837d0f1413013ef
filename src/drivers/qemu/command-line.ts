import { resolveCpu } from '../../kinds/domain/cpu/resolve-cpu.ts';
import type { DomainDef } from '../../model/domain.ts';
import { Arguments, escapeComma, words } from './command-line/arguments.ts';
import { buildBoot } from './command-line/boot.ts';
import { buildClock, clockEnvironment } from './command-line/clock.ts';
import type { CommandLineContext } from './command-line/context.ts';
import { buildCpu, buildTopology } from './command-line/cpu.ts';
import { buildFirmware } from './command-line/firmware.ts';
import { buildIothreads } from './command-line/iothreads.ts';
import { buildLaunchSecurity } from './command-line/launch-security.ts';
import { buildMachine } from './command-line/machine.ts';
import { MachineView } from './command-line/machine-view.ts';
import { buildMemory } from './command-line/memory.ts';
import { buildNuma } from './command-line/numa.ts';
import { overrideProperties } from './command-line/override-properties.ts';
import { buildPluggedVcpus } from './command-line/plugged-vcpus.ts';
import { buildRaw, rawEnvironment } from './command-line/raw.ts';
import { buildFwcfg, buildSmbios } from './command-line/smbios.ts';
import type { PrivateFile, QmpCommand } from './devices/contract.ts';
import { buildDevices } from './devices/table.ts';

/** A QEMU process as data: what to run, and what to say to it while it is still paused. */
export interface CommandLine {
  readonly emulator: string;
  readonly args: readonly string[];
  /** On top of a plain environment. */
  readonly env: Readonly<Record<string, string>>;
  /** QMP before the first instruction. */
  readonly configure: readonly QmpCommand[];
  /** To be written before the start. */
  readonly files: readonly PrivateFile[];
}

export const defaultEmulator = '/usr/bin/qemu-system-x86_64';

/** The one command line of a completed definition. Pure: equal input, equal output; touches nothing. */
export function buildCommandLine(def: DomainDef, context: CommandLineContext): CommandLine {
  const { spec } = def;
  const args = new Arguments();
  const view = new MachineView(def);
  const configure: QmpCommand[] = [];
  const files: PrivateFile[] = [];
  const build = { view, context, args, configure, files };
  args.add('-name', words(`guest=${escapeComma(def.metadata.name)}`, { 'debug-threads': true }));
  args.add('-S');
  args.add('-no-user-config');
  args.add('-nodefaults');
  buildFirmware(spec.os ?? {}, build);
  buildMachine(def, view, args);
  const cpu = resolveCpu(spec, context.cpus[spec.accel === 'kvm' ? 'kvm' : 'tcg']);
  buildCpu(spec, cpu, args);
  buildMemory(spec, context, args);
  buildTopology(spec, args);
  buildIothreads(spec, args);
  buildNuma(spec, context, args);
  if (spec.uuid !== undefined) args.add('-uuid', spec.uuid);
  buildSmbios(spec, context.hostSmbios, args);
  buildFwcfg(spec, args);
  args.add('-display', 'none');
  buildLaunchSecurity(spec.launchSecurity, context.directory, args);
  buildMonitors(context, args);
  buildClock(spec, context.now, args);
  buildLifecycle(def, args, configure);
  buildBoot(spec, args);
  buildDevices(spec.devices ?? {}, build);
  args.add('-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
  args.add('-msg', 'timestamp=on');
  buildPluggedVcpus(spec, cpu, configure);
  for (const [id, decided] of Object.entries(context.decided ?? {}))
    args.changeDevice(id, (device) => ({ ...device, ...decided }));
  overrideProperties(spec.qemu?.overrides ?? [], args);
  buildRaw(spec.qemu, args);
  return {
    emulator: spec.emulator ?? defaultEmulator,
    args: args.list,
    env: { ...clockEnvironment(spec), ...rawEnvironment(spec.qemu) },
    configure,
    files,
  };
}

/** Two QMP connections: one for the loop, one for emergencies. */
function buildMonitors({ monitorFds, directory }: CommandLineContext, args: Arguments): void {
  for (const at of [0, 1] as const) {
    const where = monitorFds ? { fd: monitorFds[at] } : { path: `${directory}/qmp${at}.sock` };
    args.add('-chardev', words('socket', { id: `monitor${at}`, ...where, server: true, wait: false }));
    args.add('-mon', `chardev=monitor${at},id=monitor${at},mode=control`);
  }
}

/**
 * A power-off or a panic leaves QEMU to us, paused, so that its reason can be read. A reboot resets the guest, unless
 * the spec wants it to end there.
 */
function buildLifecycle({ spec }: DomainDef, args: Arguments, configure: QmpCommand[]): void {
  args.add('-no-shutdown');
  if (spec.onReboot === 'destroy' || spec.onReboot === 'preserve')
    configure.push({ command: 'set-action', arguments: { reboot: 'shutdown' } });
}
