import { expect, test } from 'vitest';
import { passtArguments } from '../../../src/drivers/qemu/passt.ts';

test('passt is told the addresses of the guest and the ports that lead to it', () => {
  const words = passtArguments({
    type: 'user',
    dev: 'eth0',
    ips: [{ address: '172.17.2.4', prefix: 24 }],
    backend: { type: 'passt', logFile: '/var/log/passt.log' },
    portForwards: [
      {
        proto: 'tcp',
        address: '192.0.2.1',
        ranges: [
          { start: 2022, to: 22 },
          { start: 5000, end: 5020, to: 6000 },
          { start: 5010, exclude: true },
        ],
      },
      { proto: 'udp', dev: 'eth0', ranges: [{ start: 53 }] },
      { proto: 'udp' },
    ],
  });
  expect(words.join(' ')).toBe(
    '--log-file /var/log/passt.log --interface eth0 --address 172.17.2.4 --netmask 24 ' +
      '--tcp-ports 192.0.2.1/2022:22,5000-5020:6000-6020,~5010 --udp-ports %eth0/53 --udp-ports all',
  );
});

test('a guest that is not trusted is kept from the loopback of the host', () => {
  const words = (hostLoopback: boolean) =>
    passtArguments({ type: 'user', backend: { type: 'passt', hostLoopback } });
  expect(words(false)).toEqual(['--no-map-gw']);
  expect(words(true)).toEqual([]);
});
