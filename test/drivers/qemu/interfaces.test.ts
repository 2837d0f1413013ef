import { expect, test } from 'vitest';
import { buildCommandLine } from '../../../src/drivers/qemu/command-line.ts';
import type { Interface } from '../../../src/model/domain-devices.ts';
import { domain, goldenContext, pci } from './command-line-cases/contract.ts';

/** What QEMU gets for one card, where this host has nothing to start it with. */
function wordsFor(card: Interface, context = goldenContext): readonly string[] {
  const def = domain('pc', {
    interfaces: [{ alias: 'net0', address: pci(3), mac: '52:54:00:00:00:01', ...card }],
  });
  const { args } = buildCommandLine(def, context);
  return args.filter((word) => /net0|vfio|usb-host/.test(word));
}

const guest = '"netdev":"hostnet0","id":"net0","mac":"52:54:00:00:00:01","bus":"pci.0","addr":"0x3"}';

test('a switch that is a process: its socket, and a card with its queues', () => {
  const vhostuser = {
    path: '/run/s.sock',
    mode: 'client',
    reconnect: { enabled: true, timeout: 10 },
  } as const;
  expect(wordsFor({ type: 'vhostuser', vhostuser, model: 'virtio', queues: 2, txQueueSize: 1024 })).toEqual([
    'socket,id=charnet0,path=/run/s.sock,reconnect=10',
    '{"type":"vhost-user","chardev":"charnet0","queues":2,"id":"hostnet0"}',
    `{"driver":"virtio-net-pci","mq":true,"vectors":6,"tx_queue_size":1024,${guest}`,
  ]);
});

test('a vdpa device', () => {
  expect(wordsFor({ type: 'vdpa', dev: '/dev/vhost-vdpa-0', model: 'virtio', queues: 3 })).toEqual([
    '{"type":"vhost-vdpa","vhostdev":"/dev/vhost-vdpa-0","queues":3,"id":"hostnet0"}',
    `{"driver":"virtio-net-pci","mq":true,"vectors":8,${guest}`,
  ]);
});

test('wires between QEMUs', () => {
  const socket = { address: '230.0.0.1', port: 5558 };
  const netdevOf = (card: Interface) => wordsFor(card)[0];
  expect(netdevOf({ type: 'mcast', socket })).toBe(
    '{"type":"socket","mcast":"230.0.0.1:5558","id":"hostnet0"}',
  );
  expect(netdevOf({ type: 'client', socket })).toBe(
    '{"type":"socket","connect":"230.0.0.1:5558","id":"hostnet0"}',
  );
});

test('passt is another process, behind a socket of the run directory', () => {
  expect(wordsFor({ type: 'user', backend: { type: 'passt' }, model: 'virtio' })).toEqual([
    '{"type":"stream","addr":{"type":"unix","path":"/run/qonverge/golden/net0.passt.sock"},"server":false,"id":"hostnet0"}',
    `{"driver":"virtio-net-pci",${guest}`,
  ]);
});

test('a macvtap comes as descriptors, one for each queue', () => {
  const context = { ...goldenContext, tapFds: () => [5, 6] };
  const card = { type: 'direct', dev: 'eth0', model: 'virtio', queues: 2, sndbuf: 1600 } as const;
  expect(wordsFor(card, context)[0]).toBe(
    '{"type":"tap","fds":"5:6","sndbuf":1600,"vhost":true,"id":"hostnet0"}',
  );
});

test('a card of the host is the device itself', () => {
  const teaming = { type: 'transient', persistent: 'ua-lan' } as const;
  const card = { type: 'hostdev', alias: 'hostdev0', bootOrder: 1, teaming } as const;
  expect(wordsFor({ ...card, pci: { bus: 3, slot: 7, function: 1 }, rom: { file: '/srv/x' } })).toEqual([
    '{"driver":"vfio-pci","host":"0000:03:07.1","failover_pair_id":"ua-lan","id":"hostdev0","bootindex":1,"bus":"pci.0","addr":"0x3","romfile":"/srv/x"}',
  ]);
});
