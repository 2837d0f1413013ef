import { type CommandLineCase, domain, kib, mib, pci } from './contract.ts';

export const machineCases: readonly CommandLineCase[] = [
  { name: 'machine-q35', def: () => domain('q35') },
  {
    name: 'machine-pc',
    def: () =>
      domain('pc', undefined, {
        features: { acpi: false, vmport: false, ioapic: 'qemu', vmcoreinfo: true },
        genid: 'c1f2a3b4-0d5e-4f60-8a9b-112233445566',
        pm: { suspendToMem: false, suspendToDisk: true },
        onReboot: 'destroy',
      }),
  },
  {
    name: 'machine-smm',
    def: () =>
      domain('q35', undefined, { features: { acpi: true, smm: { state: true, tseg: 48 * mib } }, pm: {} }),
  },
  {
    name: 'firmware-efi',
    def: () =>
      domain('q35', undefined, {
        features: { acpi: true, smm: { state: true } },
        os: {
          firmware: 'efi',
          loader: {
            path: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
            type: 'pflash',
            readonly: true,
            secure: true,
          },
          nvram: { template: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
        },
      }),
  },
  {
    name: 'firmware-bios',
    def: () =>
      domain('pc', undefined, { os: { loader: { path: '/usr/share/seabios/bios-256k.bin', type: 'rom' } } }),
  },
  {
    name: 'memory-shared',
    def: () =>
      domain('q35', undefined, {
        memory: 64 * mib - 100 * kib,
        memoryBacking: { source: 'memfd', access: 'shared', allocation: 'immediate', nosharepages: true },
        iothreads: 2,
      }),
  },
  {
    name: 'numa-hmat',
    def: () =>
      domain('q35', undefined, {
        memory: 128 * mib,
        maxMemory: { size: 1024 * mib, slots: 4 },
        vcpus: { maximum: 4 },
        memoryBacking: { source: 'memfd', access: 'shared', allocation: 'immediate', allocationThreads: 2 },
        numatune: {
          memory: { mode: 'strict', nodeset: '0' },
          memnodes: [{ cellid: 1, mode: 'preferred', nodeset: '0' }],
        },
        cpu: {
          numa: {
            cells: [
              {
                id: 0,
                cpus: '0-1,3',
                memory: 64 * mib,
                distances: [{ id: 1, value: 21 }],
                caches: [{ level: 1, associativity: 'direct', policy: 'writeback', size: 10 * kib, line: 8 }],
              },
              { id: 1, cpus: '2', memory: 63 * mib + 1, memAccess: 'private' },
            ],
            interconnects: {
              latencies: [
                { initiator: 0, target: 0, type: 'access', value: 5 },
                { initiator: 0, target: 0, cache: 1, type: 'access', value: 3 },
              ],
              bandwidths: [{ initiator: 0, target: 0, type: 'access', value: 204_800 * kib }],
            },
          },
        },
      }),
  },
  {
    name: 'numa-old-machine',
    def: () =>
      domain('pc', undefined, {
        memory: 128 * mib,
        vcpus: { maximum: 2 },
        os: { machine: 'pc-i440fx-2.3' },
        cpu: {
          numa: {
            cells: [
              { id: 0, cpus: '0', memory: 64 * mib },
              { id: 1, cpus: '1', memory: 64 * mib },
            ],
          },
        },
      }),
  },
  {
    name: 'vcpus-iothreads-fwcfg',
    def: () =>
      domain('q35', undefined, {
        dumpCore: true,
        vcpus: { maximum: 4 },
        individualVcpus: [
          { id: 0, enabled: true, hotpluggable: false, order: 1 },
          { id: 1, enabled: false, hotpluggable: true },
          { id: 3, enabled: true, hotpluggable: true, order: 2 },
        ],
        cpu: { topology: { sockets: 1, cores: 2, threads: 2 } },
        iothreads: 3,
        iothreadIds: [{ id: 2, threadPoolMin: 1, threadPoolMax: 8 }],
        defaultIothread: { threadPoolMin: 2, threadPoolMax: 4 },
        features: { acpi: true, pvspinlock: true, tcgTbCache: 64 * mib },
        fwcfg: [{ name: 'opt/org.example/a', value: 'one, two' }],
        qemu: { args: ['-device', 'edu,id=raw0'], env: [{ name: 'NS', value: 'x' }], deprecation: 'omit' },
      }),
  },
  {
    name: 'memory-hugepages',
    needs: 'hugepages',
    def: () => domain('q35', undefined, { memoryBacking: { hugepages: [{ size: 2 * mib }], locked: true } }),
  },
  {
    name: 'cpu-custom',
    def: () =>
      domain('q35', undefined, {
        vcpus: { maximum: 8, current: 2 },
        cpu: {
          mode: 'custom',
          model: 'Nehalem',
          vendorId: 'GenuineIntel',
          topology: { sockets: 2, dies: 2, cores: 2, threads: 1 },
          features: [
            { name: 'pclmuldq' },
            { name: 'lahf_lm', policy: 'force' },
            { name: 'vmx', policy: 'disable' },
            { name: 'cmt' },
          ],
          cache: { mode: 'disable' },
        },
        features: {
          acpi: true,
          pmu: false,
          kvm: { hidden: true },
          apic: { eoi: true },
        },
      }),
  },
  {
    name: 'cpu-hyperv',
    needs: 'hardware KVM',
    def: () =>
      domain('q35', undefined, {
        accel: 'kvm',
        clock: { offset: 'localtime', timers: [{ name: 'hypervclock', present: true }] },
        features: {
          acpi: true,
          hyperv: {
            relaxed: true,
            vapic: true,
            vpindex: true,
            synic: true,
            avic: false,
            spinlocks: { retries: 8191 },
            stimer: { state: true, direct: true },
            vendorId: 'KVM Hv',
          },
        },
      }),
  },
  {
    name: 'cpu-host-model',
    def: () => domain('q35', undefined, { cpu: { mode: 'host-model' } }),
  },
  {
    name: 'cpu-host-passthrough',
    def: () =>
      domain('q35', undefined, {
        accel: 'kvm',
        cpu: {
          mode: 'host-passthrough',
          cache: { mode: 'passthrough' },
          features: [{ name: 'arch-capabilities', policy: 'disable' }],
        },
        clock: { offset: 'utc', timers: [{ name: 'pit', tickpolicy: 'delay' }] },
      }),
  },
  {
    name: 'clock-variable',
    def: () =>
      domain('q35', undefined, {
        clock: {
          offset: 'variable',
          basis: 'utc',
          adjustment: 3600,
          timers: [
            { name: 'rtc', tickpolicy: 'catchup', track: 'guest' },
            { name: 'hpet', present: false },
            { name: 'kvmclock', present: false },
          ],
        },
      }),
  },
  {
    name: 'boot-order',
    def: (images) =>
      domain(
        'pc',
        {
          disks: [
            {
              type: 'file',
              device: 'cdrom',
              bus: 'ide',
              dev: 'hdc',
              alias: 'ide0-1-0',
              address: { type: 'drive', controller: 0, bus: 1, target: 0, unit: 0 },
              readonly: true,
            },
            {
              type: 'file',
              file: `${images}/b.raw`,
              bus: 'virtio',
              dev: 'vdb',
              alias: 'virtio-disk1',
              address: pci(5),
            },
            {
              type: 'file',
              file: `${images}/a.raw`,
              bus: 'virtio',
              dev: 'vda',
              alias: 'virtio-disk0',
              address: pci(4),
            },
          ],
          interfaces: [
            { type: 'user', model: 'rtl8139', mac: '52:54:00:00:00:01', alias: 'net0', address: pci(3) },
          ],
        },
        {
          os: {
            boot: ['network', 'hd', 'cdrom'],
            bootMenu: { enable: true, timeout: 3000 },
            bios: { rebootTimeout: 128, useserial: true },
          },
        },
      ),
  },
  {
    name: 'smbios',
    def: () =>
      domain('q35', undefined, {
        os: { smbios: 'sysinfo' },
        sysinfo: {
          bios: { vendor: 'Acme, Inc.', version: '1' },
          system: { manufacturer: 'Acme', serial: 's=1,2' },
          baseBoards: [
            { manufacturer: 'Acme', product: 'Board' },
            { product: 'Second', location: 'slot 2' },
          ],
          chassis: { asset: '7' },
          oemStrings: ['one, two', 'three'],
        },
      }),
  },
];
