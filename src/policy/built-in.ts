import type { BuiltIn, Grants } from './policy.ts';

const all = ['*'];
const loopback = ['127.0.0.1:*', '::1', '[::1]:*', 'localhost:*'];
/** The emulators that a distribution installs for x86. */
const emulators = [
  '/usr/bin/qemu-system-x86_64',
  '/usr/bin/qemu-system-i386',
  '/usr/bin/qemu-kvm',
  '/usr/bin/kvm',
  '/usr/libexec/qemu-kvm',
];
/** Where distributions install the process that serves a shared directory. */
const shareServers = ['/usr/libexec/virtiofsd', '/usr/lib/qemu/virtiofsd'];
const firmware = [
  '/usr/share/OVMF',
  '/usr/share/AAVMF',
  '/usr/share/edk2',
  '/usr/share/edk2-ovmf',
  '/usr/share/ovmf',
  '/usr/share/qemu',
  '/usr/share/qemu-efi-aarch64',
  '/usr/share/seabios',
];

/**
 * What holds without an entry. `operator`: specs that a person with rights on the host gives. `tenant`: specs that others
 * push; nothing of the host but what Qonverge makes for them.
 */
export const builtIns: Readonly<Record<BuiltIn, Required<Omit<Grants, 'namePrefix' | 'quota'>>>> = {
  operator: {
    kinds: all,
    paths: {
      images: ['/'],
      iso: ['/'],
      kernel: ['/'],
      firmware: ['/'],
      share: ['/'],
      sockets: ['/'],
      logs: ['/'],
    },
    devices: { pci: all, usb: all, mdev: all, scsi: all, block: all, char: all },
    bridges: all,
    networks: all,
    interfaces: all,
    listen: all,
    connect: all,
    emulators: [...emulators, ...shareServers],
    machineTypes: all,
    rawQemuArgs: [],
    resources: all,
    secrets: all,
    volumes: all,
    adopts: all,
  },
  tenant: {
    kinds: all,
    paths: { images: [], iso: [], kernel: [], firmware, share: [], sockets: [], logs: [] },
    devices: { pci: [], usb: [], mdev: [], scsi: [], block: [], char: [] },
    bridges: [],
    networks: all,
    interfaces: [],
    listen: loopback,
    connect: [],
    emulators,
    machineTypes: all,
    rawQemuArgs: [],
    resources: [],
    secrets: [],
    volumes: [],
    adopts: [],
  },
};
