import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QemuHost } from '../support/qemu-host.ts';

let host: QemuHost;
const tap = `qvt${process.pid % 1_000_000}`;
const spec = (more: string) => `apiVersion: qonverge/v1
kind: Domain
metadata: {name: limited}
spec:
  accel: tcg
  memory: 64MiB
  os: {machine: pc}
  devices: {interfaces: [{name: lan, type: ethernet, target: ${tap}, model: virtio${more}}]}
`;

beforeAll(async () => {
  host = await QemuHost.open();
});
afterAll(() => host.dispose());

/** What tc says of a kind of thing on the tap. */
function shown(kind: 'qdisc' | 'class'): string {
  return execFileSync('tc', [kind, 'show', 'dev', tap], {
    env: { PATH: '/usr/sbin:/sbin:/usr/bin' },
  }).toString();
}

test('the traffic of a tap is limited from its start, otherwise while it runs, and not at all at last', async () => {
  const { status } = await host.declare('limited', spec(', bandwidth: {inbound: {average: 100, peak: 300}}'));
  // Making taps is root's, and a kernel may lack HTB: then the reason stands in the status.
  if (status?.pid === undefined) {
    expect(JSON.stringify(status?.conditions)).toMatch(/bandwidth\.inbound of|cannot make tap/);
    return;
  }
  expect(shown('class')).toMatch(/rate 800Kbit ceil 2400Kbit/);
  const after = await host.declare('limited', spec(', bandwidth: {inbound: {average: 200}}'));
  expect(after.status?.pid).toBe(status.pid);
  expect(shown('class')).toMatch(/rate 1600Kbit/);
  await host.declare('limited', spec(''));
  expect(shown('class')).toBe('');
  expect((await host.declare('limited', spec(''))).status?.pid).toBe(status.pid);
});

test('a machine with a filter that nobody sets up does not come up without it', async () => {
  const filtered = spec(', filter: {filter: no-spoofing}')
    .replace('limited', 'filtered')
    .replace(tap, `${tap}f`);
  const { status } = await host.declare('filtered', `${spec('')}---\n${filtered}`);
  expect(status?.pid).toBeUndefined();
  expect(JSON.stringify(status?.conditions)).toContain('filter no-spoofing is not set up here');
});
