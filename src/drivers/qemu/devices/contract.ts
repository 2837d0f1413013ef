import type { DomainDevices } from '../../../model/domain-devices.ts';
import type { Arguments } from '../command-line/arguments.ts';
import type { CommandLineContext } from '../command-line/context.ts';
import type { MachineView } from '../command-line/machine-view.ts';

export interface QmpCommand {
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What must stand in the run directory before QEMU starts: readable for its user alone. */
export interface PrivateFile {
  readonly path: string;
  readonly text: string;
}

export interface DeviceBuild {
  readonly view: MachineView;
  readonly context: CommandLineContext;
  readonly args: Arguments;
  /** QMP commands for the paused machine, before its first instruction. */
  readonly configure: QmpCommand[];
  readonly files: PrivateFile[];
}

type Listed<T> = T extends readonly (infer D)[] ? D : T;
export type DeviceOf<L extends keyof DomainDevices> = Listed<NonNullable<DomainDevices[L]>>;

/** How one class of device becomes QEMU arguments. One file here, one row in `table.ts`. */
export type DeviceBuilder<L extends keyof DomainDevices> = (
  device: DeviceOf<L>,
  build: DeviceBuild,
  index: number,
) => void;
