import { exists } from '../../../host/files.ts';
import { findDevice } from '../../../kinds/domain/impact/with-device.ts';
import type { DomainDef } from '../../../model/domain.ts';
import { Failure } from '../../../model/failure.ts';
import { type LiveDevice, type LiveList, liveLists } from '../../../model/live-change.ts';
import { MachineView } from '../command-line/machine-view.ts';
import type { QemuDeps } from '../deps.ts';
import type { PrivateFile, QmpCommand } from '../devices/contract.ts';
import { buildDevice } from '../devices/table.ts';
import { checkHostDevices } from '../host-devices.ts';
import { hugepagesOf } from '../hugepages.ts';
import { contextOf } from '../prepare.ts';
import { HotplugArguments } from './hotplug-arguments.ts';

/** A device as QMP: what brings it, from its backends up, and what is set on it then. */
export interface DescribedDevice {
  readonly parts: readonly QmpCommand[];
  readonly settings: readonly QmpCommand[];
  /** What QEMU reads of it from the run directory. */
  readonly files: readonly PrivateFile[];
}

/** Asks the same builders as the command line does. */
export async function describeDevice(
  def: DomainDef,
  { list, alias }: LiveDevice,
  deps: QemuDeps,
  directory: string,
): Promise<DescribedDevice> {
  const device = findDevice(def, { list, alias });
  if (device === undefined || !isLiveList(list))
    throw new Failure('internal', `${alias} is not among the ${list} of ${def.metadata.name}`);
  const only: DomainDef = { ...def, spec: { ...def.spec, devices: { [list]: [device] } } };
  const [scsiGenerics, vhostNet, hugepages] = await Promise.all([
    checkHostDevices(only),
    exists('/dev/vhost-net'),
    hugepagesOf(only.spec),
  ]);
  const context = contextOf(def, deps, directory, { ports: [], hugepages, vhostNet, scsiGenerics, cpus: {} });
  const args = new HotplugArguments();
  const settings: QmpCommand[] = [];
  const files: PrivateFile[] = [];
  buildDevice(list, device as never, {
    view: new MachineView(def),
    context,
    args,
    configure: settings,
    files,
  });
  return { parts: args.commands, settings, files };
}

function isLiveList(list: string): list is LiveList {
  return (liveLists as readonly string[]).includes(list);
}
