import type { Disk, Iotune } from '../../../model/domain-devices.ts';
import type { QmpCommand } from './contract.ts';

/** Limits of a disk: QMP `block_set_io_throttle` replaces all of them at once, at start and while it runs. */
export function throttleCommand(disk: Disk, iotune: Iotune): QmpCommand {
  return {
    command: 'block_set_io_throttle',
    arguments: {
      id: blockDevice(disk),
      bps: iotune.totalBytesSec ?? 0,
      bps_rd: iotune.readBytesSec ?? 0,
      bps_wr: iotune.writeBytesSec ?? 0,
      iops: iotune.totalIopsSec ?? 0,
      iops_rd: iotune.readIopsSec ?? 0,
      iops_wr: iotune.writeIopsSec ?? 0,
      ...given({
        bps_max: iotune.totalBytesSecMax,
        bps_rd_max: iotune.readBytesSecMax,
        bps_wr_max: iotune.writeBytesSecMax,
        iops_max: iotune.totalIopsSecMax,
        iops_rd_max: iotune.readIopsSecMax,
        iops_wr_max: iotune.writeIopsSecMax,
        bps_max_length: iotune.totalBytesSecMaxLength,
        bps_rd_max_length: iotune.readBytesSecMaxLength,
        bps_wr_max_length: iotune.writeBytesSecMaxLength,
        iops_max_length: iotune.totalIopsSecMaxLength,
        iops_rd_max_length: iotune.readIopsSecMaxLength,
        iops_wr_max_length: iotune.writeIopsSecMaxLength,
        iops_size: iotune.sizeIopsSec,
      }),
      group: iotune.groupName ?? `drive-${disk.alias}`,
    },
  };
}

/** What QEMU knows a disk's medium by: for virtio and USB the device inside of the one that is plugged (QOM path). */
export function blockDevice({ alias, bus }: Disk): string {
  if (bus === 'virtio') return `/machine/peripheral/${alias}/virtio-backend`;
  return bus === 'usb' ? `/machine/peripheral/${alias}/${alias}.0/legacy[0]` : `${alias}`;
}

function given(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value > 0));
}
