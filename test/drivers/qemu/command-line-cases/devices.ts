import { type CommandLineCase, domain, mib, pci, rootPorts, usbController } from './contract.ts';

const virtioSerial = {
  type: 'virtio-serial',
  index: 0,
  alias: 'virtio-serial0',
  ports: 16,
  vectors: 4,
  address: pci(0, { bus: 1 }),
} as const;

export const deviceCases: readonly CommandLineCase[] = [
  {
    name: 'controllers-pci',
    def: () =>
      domain('q35', {
        controllers: [
          {
            type: 'pci',
            index: 3,
            model: 'pcie-switch-downstream-port',
            alias: 'pci.3',
            chassis: 3,
            port: 0,
            address: pci(0, { bus: 2 }),
          },
          {
            type: 'pci',
            index: 2,
            model: 'pcie-switch-upstream-port',
            alias: 'pci.2',
            address: pci(0, { bus: 1 }),
          },
          {
            type: 'pci',
            index: 1,
            model: 'pcie-root-port',
            alias: 'pci.1',
            chassis: 1,
            port: 0x10,
            hotplug: false,
            address: pci(2, { multifunction: true }),
          },
          {
            type: 'pci',
            index: 4,
            model: 'pcie-to-pci-bridge',
            alias: 'pci.4',
            address: pci(0, { bus: 3 }),
          },
          {
            type: 'pci',
            index: 5,
            model: 'pci-bridge',
            alias: 'pci.5',
            chassisNr: 5,
            address: pci(1, { bus: 4 }),
          },
          { type: 'pci', index: 6, model: 'dmi-to-pci-bridge', alias: 'pci.6', address: pci(30) },
          { type: 'pci', index: 7, model: 'pcie-expander-bus', alias: 'pci.7', busNr: 180, address: pci(3) },
        ],
      }),
  },
  {
    name: 'controllers-usb',
    def: () =>
      domain('pc', {
        controllers: [
          {
            type: 'usb',
            index: 0,
            model: 'ich9-uhci1',
            alias: 'usb-uhci1',
            masterStartport: 0,
            address: pci(4, { multifunction: true }),
          },
          {
            type: 'usb',
            index: 0,
            model: 'ich9-uhci2',
            alias: 'usb-uhci2',
            masterStartport: 2,
            address: pci(4, { function: 1 }),
          },
          { type: 'usb', index: 0, model: 'ich9-ehci1', alias: 'usb', address: pci(4, { function: 7 }) },
          { type: 'usb', index: 1, model: 'nec-xhci', alias: 'usb1', address: pci(5) },
          { type: 'usb', index: 2, model: 'piix3-uhci', alias: 'usb2', address: pci(6) },
        ],
      }),
  },
  {
    name: 'interface-user',
    def: () =>
      domain('pc', {
        interfaces: [
          {
            type: 'user',
            model: 'virtio',
            mac: '52:54:00:00:00:01',
            alias: 'net0',
            address: pci(3),
            mtu: 1400,
            rxQueueSize: 512,
            txQueueSize: 256,
            virtio: { packed: true },
            bootOrder: 2,
          },
          {
            type: 'user',
            model: 'e1000e',
            mac: '52:54:00:00:00:02',
            alias: 'net1',
            address: pci(4),
            link: 'down',
            rom: { bar: false },
          },
          {
            type: 'user',
            model: 'virtio-transitional',
            mac: '52:54:00:00:00:03',
            alias: 'ua-lan',
            name: 'lan',
            address: pci(5),
            rom: { enabled: false },
          },
        ],
      }),
  },
  {
    name: 'interface-wires',
    def: () =>
      domain('pc', {
        interfaces: [
          {
            type: 'user',
            ips: [
              { address: '172.17.2.0', prefix: 24 },
              { address: '2001:db8::', family: 'ipv6', prefix: 64 },
            ],
            model: 'virtio',
            mac: '52:54:00:00:00:01',
            alias: 'net0',
            address: pci(3),
            txMode: 'timer',
            ioeventfd: true,
            eventIdx: false,
            rss: true,
            rssHashReport: false,
            hostOffloads: { csum: false, gso: false, tso4: false, tso6: false, ecn: false, ufo: false },
            guestOffloads: { csum: false, tso4: false, tso6: false, ecn: false, ufo: false },
            teaming: { type: 'persistent' },
          },
          {
            type: 'udp',
            socket: { address: '127.0.0.1', port: 5555, local: { address: '127.0.0.1', port: 5556 } },
            model: 'e1000',
            mac: '52:54:00:00:00:03',
            alias: 'net2',
            address: pci(5),
          },
          {
            type: 'server',
            socket: { port: 5557 },
            model: 'rtl8139',
            mac: '52:54:00:00:00:04',
            alias: 'net3',
            address: pci(6),
          },
          {
            type: 'internal',
            internal: 'lab',
            model: 'vmxnet3',
            mac: '52:54:00:00:00:05',
            alias: 'net4',
            address: pci(7),
          },
        ],
      }),
  },
  {
    name: 'interface-tap',
    def: () =>
      domain('pc', {
        interfaces: [
          {
            type: 'bridge',
            bridge: 'br0',
            model: 'virtio',
            mac: '52:54:00:00:00:01',
            alias: 'net0',
            address: pci(3),
            queues: 4,
          },
          {
            type: 'ethernet',
            target: 'mytap',
            model: 'virtio',
            driver: 'qemu',
            mac: '52:54:00:00:00:02',
            alias: 'net1',
            address: pci(4),
          },
          {
            type: 'bridge',
            bridge: 'br0',
            model: 'e1000',
            mac: '52:54:00:00:00:03',
            alias: 'net2',
            address: pci(5),
          },
        ],
      }),
  },
  {
    name: 'character-devices',
    def: (images) =>
      domain('q35', {
        controllers: [...rootPorts(1), virtioSerial, usbController],
        serials: [
          { type: 'pty', targetType: 'isa-serial', targetModel: 'isa-serial', port: 0, alias: 'serial0' },
          {
            type: 'file',
            path: `${images}/serial, one.log`,
            append: true,
            targetType: 'isa-serial',
            port: 1,
            alias: 'serial1',
            address: { type: 'isa', iobase: 0x2f8, irq: 3 },
          },
          {
            type: 'null',
            targetType: 'pci-serial',
            targetModel: 'pci-serial',
            port: 2,
            alias: 'serial2',
            address: pci(5),
          },
          {
            type: 'tcp',
            host: '127.0.0.1',
            service: '0',
            mode: 'bind',
            protocol: 'telnet',
            targetType: 'usb-serial',
            targetModel: 'usb-serial',
            port: 3,
            alias: 'serial3',
            address: { type: 'usb', bus: 0, port: '1' },
          },
          {
            type: 'udp',
            host: '127.0.0.1',
            service: '9',
            targetType: 'isa-debug',
            targetModel: 'isa-debugcon',
            port: 4,
            alias: 'serial4',
            address: { type: 'isa', iobase: 0x402 },
          },
        ],
        parallels: [{ type: 'null', port: 0, alias: 'parallel0', logFile: `${images}/log` }],
        consoles: [
          { type: 'pty', targetType: 'serial', port: 0, alias: 'serial0' },
          {
            type: 'pty',
            targetType: 'virtio',
            port: 1,
            alias: 'console1',
            address: { type: 'virtio-serial', controller: 0, bus: 0, port: 0 },
          },
        ],
        channels: [
          {
            type: 'unix',
            targetType: 'virtio',
            targetName: 'org.qemu.guest_agent.0',
            alias: 'channel0',
            address: { type: 'virtio-serial', controller: 0, bus: 0, port: 1 },
          },
          {
            type: 'unix',
            path: `${images}/bound.sock`,
            mode: 'bind',
            targetType: 'virtio',
            targetName: 'guest.cmd.0',
            alias: 'channel1',
            address: { type: 'virtio-serial', controller: 0, bus: 0, port: 2 },
          },
        ],
      }),
  },
  {
    name: 'input',
    def: () =>
      domain('q35', {
        controllers: [...rootPorts(1), usbController],
        inputs: [
          { type: 'tablet', bus: 'usb', alias: 'input0', address: { type: 'usb', bus: 0, port: '1' } },
          { type: 'keyboard', bus: 'usb', alias: 'input1', address: { type: 'usb', bus: 0, port: '2' } },
          { type: 'mouse', bus: 'virtio', alias: 'input2', address: pci(0, { bus: 1 }) },
          { type: 'keyboard', bus: 'ps2', alias: 'input3' },
        ],
      }),
  },
  {
    name: 'graphics-vnc',
    def: (images) =>
      domain('q35', {
        audios: [{ id: 1, type: 'none' }],
        graphics: [
          { type: 'vnc', autoport: true, listen: '127.0.0.1', sharePolicy: 'force-shared', keymap: 'de' },
          { type: 'vnc', socket: `${images}/vnc,1.sock` },
        ],
        videos: [{ model: 'vga', vram: 32_768, primary: true, alias: 'video0', address: pci(1) }],
      }),
  },
  {
    name: 'graphics-spice',
    def: () =>
      domain('pc', {
        controllers: [{ ...virtioSerial, address: pci(5) }],
        audios: [{ id: 1, type: 'spice' }],
        graphics: [{ type: 'spice', autoport: true, imageCompression: 'off' }],
        videos: [
          { model: 'qxl', heads: 2, alias: 'video1', address: pci(4), vgamem: 8192 },
          { model: 'qxl', primary: true, alias: 'video0', address: pci(2) },
        ],
        channels: [
          {
            type: 'spicevmc',
            targetType: 'virtio',
            targetName: 'com.redhat.spice.0',
            alias: 'channel0',
            address: { type: 'virtio-serial', controller: 0, bus: 0, port: 1 },
          },
        ],
      }),
  },
  {
    name: 'video-virtio',
    def: () =>
      domain('q35', {
        controllers: rootPorts(1),
        videos: [
          {
            model: 'virtio',
            primary: true,
            heads: 1,
            resolution: { x: 1280, y: 720 },
            alias: 'video0',
            address: pci(2),
          },
          { model: 'virtio', heads: 2, alias: 'video1', address: pci(0, { bus: 1 }) },
          { model: 'bochs', vram: 16_384, alias: 'video2', address: pci(3) },
        ],
      }),
  },
  {
    name: 'video-ramfb',
    def: () => domain('q35', { videos: [{ model: 'ramfb', primary: true, alias: 'video0' }] }),
  },
  {
    name: 'video-cirrus',
    def: () =>
      domain('pc', { videos: [{ model: 'cirrus', primary: true, alias: 'video0', address: pci(2) }] }),
  },
  {
    name: 'sound',
    def: () =>
      domain('pc', {
        controllers: [usbController],
        audios: [
          { id: 1, type: 'none' },
          { id: 2, type: 'none' },
        ],
        sounds: [
          { model: 'ich6', codecs: ['micro', 'output'], alias: 'sound0', address: pci(5) },
          { model: 'ich9', alias: 'sound1', address: pci(6), audio: 2 },
          { model: 'ac97', alias: 'sound2', address: pci(7) },
          { model: 'es1370', alias: 'sound3', address: pci(8) },
          { model: 'usb', alias: 'sound4', address: { type: 'usb', bus: 0, port: '1' } },
          { model: 'sb16', alias: 'sound5' },
          { model: 'pcspk', alias: 'sound6' },
        ],
      }),
  },
  {
    name: 'platform',
    def: () =>
      domain(
        'pc',
        {
          watchdogs: [{ model: 'i6300esb', action: 'dump', alias: 'watchdog0', address: pci(4) }],
          memballoon: {
            model: 'virtio',
            autodeflate: true,
            freePageReporting: true,
            statsPeriod: 10,
            alias: 'balloon0',
            address: pci(5),
          },
          rngs: [
            {
              model: 'virtio',
              backend: 'random',
              source: '/dev/urandom',
              rateBytes: 1234,
              ratePeriod: 2000,
              alias: 'rng0',
              address: pci(6),
            },
            { model: 'virtio', backend: 'builtin', alias: 'rng1', address: pci(7) },
          ],
          panics: [
            { model: 'isa', alias: 'panic0', address: { type: 'isa', iobase: 0x505 } },
            { model: 'pvpanic', alias: 'panic1', address: pci(8) },
          ],
        },
        { currentMemory: 48 * mib },
      ),
  },
  {
    name: 'watchdog-itco',
    def: () => domain('q35', { watchdogs: [{ model: 'itco', action: 'poweroff', alias: 'watchdog0' }] }),
  },
  {
    name: 'crypto',
    def: () =>
      domain('q35', {
        controllers: rootPorts(2),
        cryptos: [
          { model: 'virtio', backend: 'builtin', queues: 1, alias: 'crypto0', address: pci(0, { bus: 1 }) },
        ],
      }),
  },
  {
    name: 'tpm',
    def: () => domain('q35', { tpms: [{ model: 'tpm-crb', version: '2.0', alias: 'tpm0' }] }),
  },
  {
    name: 'vsock',
    needs: '/dev/vhost-vsock',
    def: () =>
      domain('q35', {
        controllers: rootPorts(2),
        vsock: { model: 'virtio', autoCid: true, alias: 'vsock0', address: pci(0, { bus: 1 }) },
      }),
  },
];
