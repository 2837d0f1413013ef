import { expect, test } from 'vitest';
import { bandwidthRules } from '../../../src/drivers/qemu/bandwidth.ts';
import type { Interface } from '../../../src/model/domain-devices.ts';

const words = (card: Partial<Interface>) =>
  bandwidthRules({ type: 'bridge', ...card }, 'tap0').map(({ way, args }) => `${way}: ${args.join(' ')}`);

test('what comes to the guest is shaped, what leaves it is dropped above its rate', () => {
  const bandwidth = { inbound: { average: 100, peak: 200, burst: 50 }, outbound: { average: 30 } };
  expect(words({ bandwidth })).toEqual([
    'inbound: qdisc add dev tap0 root handle 1: htb default 1',
    'inbound: class add dev tap0 parent 1: classid 1:1 htb rate 100kbps ceil 200kbps burst 50kb',
    'inbound: qdisc add dev tap0 parent 1:1 handle 2: sfq perturb 10',
    'outbound: qdisc add dev tap0 ingress',
    'outbound: filter add dev tap0 parent ffff: protocol all u32 match u32 0 0 police rate 30kbps burst 30kb mtu 64kb drop flowid :1',
  ]);
  expect(words({})).toEqual([]);
});

test('a macvtap is looked at from the host: its ways are the other way round', () => {
  expect(words({ type: 'direct', bandwidth: { outbound: { average: 30 } } })[1]).toBe(
    'outbound: class add dev tap0 parent 1: classid 1:1 htb rate 30kbps',
  );
});
