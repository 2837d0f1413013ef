import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, until } from '../support/sandbox.ts';

// A real Open vSwitch in user space: it needs no module of the kernel. Its place is hidden below a mount, so that a
// switch of this host is left alone.
const place = '/run/openvswitch';
const wasThere = existsSync(place);
const tap = `qvo${process.pid}`;
const host = new Sandbox();
const daemons: ChildProcess[] = [];
let machine: LiveMachine;

const spec = (bridge: string, vlan: string) =>
  `${tinyGuest('tagged', '  runStrategy: UnlessStopped\n  restartPolicy: Immediate')}    interfaces:
      - {name: lan, bridge: ${bridge}, target: ${tap}, mac: "52:54:00:0b:0c:0e", model: virtio, virtualport: {type: openvswitch, profileId: 'a"b'}, vlan: ${vlan}}
`;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).trim();
}

const vsctl = (...args: readonly string[]) => run('ovs-vsctl', '--timeout=10', ...args);

beforeAll(async () => {
  if (!wasThere) mkdirSync(place);
  run('mount', '-t', 'tmpfs', 'tmpfs', place);
  const db = `${place}/conf.db`;
  run('ovsdb-tool', 'create', db, '/usr/share/openvswitch/vswitch.ovsschema');
  daemons.push(
    spawn('ovsdb-server', [db, `--remote=punix:${place}/db.sock`, `--unixctl=${place}/db.ctl`], {
      stdio: 'ignore',
    }),
  );
  await until(() => existsSync(`${place}/db.sock`), 'the database listens', 20_000);
  vsctl('--no-wait', 'init');
  daemons.push(
    spawn('ovs-vswitchd', [`unix:${place}/db.sock`, `--unixctl=${place}/sw.ctl`], { stdio: 'ignore' }),
  );
  for (const bridge of ['ovs-a', 'ovs-b'])
    vsctl('add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev');
  host.write('tagged.yaml', spec('ovs-a', '{tags: [{id: 42}]}'));
  await host.watch();
  await host.untilState('tagged', 'running');
  machine = await LiveMachine.of(host, 'tagged');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
  for (const daemon of daemons.toReversed()) {
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill();
    await gone;
  }
  run('umount', place);
  if (!wasThere) rmdirSync(place);
});

test('the tap is a port of its VLAN, and the switch knows whose it is', () => {
  expect(vsctl('port-to-br', tap)).toBe('ovs-a');
  expect(vsctl('get', 'Port', tap, 'tag')).toBe('42');
  const ids = vsctl('get', 'Interface', tap, 'external-ids');
  expect(ids).toContain('attached-mac="52:54:00:0b:0c:0e"');
  expect(ids).toContain('port-profile="a\\"b"');
  expect(ids).toMatch(/iface-id="[0-9a-f-]{36}"/);
  expect(vsctl('get', 'Interface', tap, 'error')).toBe('[]');
});

test('a card moves to another bridge of the switch while the guest runs', async () => {
  await machine.change(spec('ovs-b', '{tags: [{id: 42}]}'));
  expect(vsctl('port-to-br', tap)).toBe('ovs-b');
  expect(vsctl('get', 'Port', tap, 'tag')).toBe('42');
});

test('several VLANs are a trunk with a native one, and nothing is left at the end', async () => {
  host.write('tagged.yaml', spec('ovs-a', '{tags: [{id: 42, nativeMode: untagged}, {id: 43}]}'));
  await until(() => vsctl('list-ports', 'ovs-a') === tap, 'the port', 30_000);
  expect(vsctl('get', 'Port', tap, 'vlan_mode')).toBe('native-untagged');
  expect(vsctl('get', 'Port', tap, 'tag')).toBe('42');
  expect(vsctl('get', 'Port', tap, 'trunks')).toBe('[42, 43]');
  // As after a reboot of the host, over which only the switch remembers the port.
  run('ip', 'link', 'delete', tap);
  expect(await host.cli(['stop', 'tagged', '--force'])).toMatchObject({ exitCode: 0 });
  await until(() => vsctl('list-ports', 'ovs-a') === '', 'no port', 30_000);
});
