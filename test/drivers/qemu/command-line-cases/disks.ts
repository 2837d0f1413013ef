import type { Disk } from '../../../../src/model/domain-devices.ts';
import { type CommandLineCase, domain, mib, pci, rootPorts, usbController } from './contract.ts';

function seat(controller: number, bus: number, target: number, unit: number): NonNullable<Disk['address']> {
  return { type: 'drive', controller, bus, target, unit };
}

export const diskCases: readonly CommandLineCase[] = [
  {
    name: 'disk-virtio',
    def: (images) =>
      domain(
        'q35',
        {
          controllers: rootPorts(2),
          disks: [
            {
              type: 'file',
              file: `${images}/top, with comma.qcow2`,
              format: 'qcow2',
              backingStore: {
                type: 'file',
                file: `${images}/base.raw`,
                format: 'raw',
                backingStore: { terminal: true },
              },
              bus: 'virtio',
              dev: 'vda',
              alias: 'virtio-disk0',
              address: pci(0, { bus: 1 }),
              bootOrder: 1,
              cache: 'none',
              io: 'threads',
              discard: 'unmap',
              detectZeroes: 'unmap',
              copyOnRead: true,
              errorPolicy: 'enospace',
              rerrorPolicy: 'report',
              iothread: 1,
              queues: 2,
              virtio: { packed: true },
              serial: 'S1,2',
              logicalBlockSize: 512,
              physicalBlockSize: 4096,
              iotune: {
                totalBytesSec: 10 * mib,
                totalBytesSecMax: 20 * mib,
                totalBytesSecMaxLength: 5,
                readIopsSec: 500,
                writeIopsSec: 300,
              },
            },
            {
              name: 'a-name-that-is-longer-than-a-block-node-may-be',
              type: 'file',
              file: `${images}/a.raw`,
              format: 'raw',
              bus: 'virtio',
              dev: 'vdb',
              alias: 'ua-a-name-that-is-longer-than-a-block-node-may-be',
              address: pci(0, { bus: 2 }),
              cache: 'writethrough',
              detectZeroes: 'unmap',
              shareable: true,
            },
          ],
        },
        { iothreads: 1 },
      ),
  },
  {
    name: 'disk-volume',
    def: () =>
      domain('q35', {
        controllers: rootPorts(1),
        disks: [
          {
            type: 'volume',
            volume: 'root',
            bus: 'virtio',
            dev: 'vda',
            alias: 'virtio-disk0',
            address: pci(0, { bus: 1 }),
          },
        ],
      }),
  },
  {
    name: 'disk-scsi',
    def: (images) =>
      domain('pc', {
        controllers: [
          {
            type: 'scsi',
            index: 0,
            model: 'virtio-scsi',
            alias: 'scsi0',
            address: pci(3),
            queues: 4,
            cmdPerLun: 50,
            maxSectors: 512,
            ioeventfd: true,
          },
          { type: 'scsi', index: 1, model: 'lsilogic', alias: 'scsi1', address: pci(4) },
        ],
        disks: [
          {
            type: 'file',
            file: `${images}/a.raw`,
            format: 'raw',
            bus: 'scsi',
            dev: 'sda',
            alias: 'scsi0-0-1-2',
            address: seat(0, 0, 1, 2),
            wwn: '5000c50015ea71ad',
            vendor: 'ACME',
            product: 'Disk',
            rotationRate: 1,
            shareable: true,
          },
          {
            type: 'file',
            device: 'cdrom',
            bus: 'scsi',
            dev: 'sdb',
            alias: 'scsi0-0-0-0',
            address: seat(0, 0, 0, 0),
            serial: 'CD',
          },
          {
            type: 'file',
            file: `${images}/b.raw`,
            format: 'raw',
            bus: 'scsi',
            dev: 'sdc',
            alias: 'scsi1-0-3',
            address: seat(1, 0, 0, 3),
          },
        ],
      }),
  },
  {
    name: 'disk-sata',
    def: (images) =>
      domain('q35', {
        controllers: [
          { type: 'sata', index: 0, alias: 'ide', address: pci(31, { function: 2 }) },
          { type: 'sata', index: 1, alias: 'sata1', address: pci(5) },
        ],
        disks: [
          {
            type: 'file',
            file: `${images}/a.raw`,
            format: 'raw',
            bus: 'sata',
            dev: 'sda',
            alias: 'sata0-0-0',
            address: seat(0, 0, 0, 0),
            wwn: '5000c50015ea71ad',
            serial: 'S1',
            cache: 'unsafe',
          },
          {
            type: 'file',
            device: 'cdrom',
            file: `${images}/b.raw`,
            format: 'raw',
            bus: 'sata',
            dev: 'sdg',
            alias: 'sata1-0-0',
            address: seat(1, 0, 0, 0),
            tray: 'open',
          },
        ],
      }),
  },
  {
    name: 'disk-ide-floppy',
    def: (images) =>
      domain(
        'pc',
        {
          controllers: [
            { type: 'ide', index: 0, alias: 'ide', address: pci(1, { function: 1 }) },
            { type: 'fdc', index: 0, alias: 'fdc0' },
          ],
          disks: [
            {
              type: 'file',
              file: `${images}/a.raw`,
              format: 'raw',
              bus: 'ide',
              dev: 'hdb',
              alias: 'ide0-0-1',
              address: seat(0, 0, 0, 1),
              errorPolicy: 'stop',
            },
            {
              type: 'file',
              device: 'floppy',
              file: `${images}/floppy.raw`,
              format: 'raw',
              bus: 'fdc',
              dev: 'fdb',
              alias: 'fdc0-0-1',
              address: seat(0, 0, 0, 1),
              readonly: true,
            },
          ],
        },
        { os: { boot: ['fd', 'hd'] } },
      ),
  },
  {
    name: 'disk-floppy-q35',
    def: (images) =>
      domain(
        'q35',
        {
          disks: [
            {
              type: 'file',
              device: 'floppy',
              file: `${images}/floppy.raw`,
              format: 'raw',
              bus: 'fdc',
              dev: 'fda',
              alias: 'fdc0-0-0',
              address: seat(0, 0, 0, 0),
            },
          ],
        },
        { os: { boot: ['fd'] } },
      ),
  },
  {
    name: 'disk-usb',
    def: (images) =>
      domain('q35', {
        controllers: [usbController],
        disks: [
          {
            type: 'file',
            file: `${images}/a.raw`,
            format: 'raw',
            bus: 'usb',
            dev: 'sda',
            alias: 'usb-disk0',
            address: { type: 'usb', bus: 0, port: '2' },
            removable: true,
          },
        ],
      }),
  },
];
