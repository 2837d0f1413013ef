import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

const host = new Sandbox();
const [a, b] = [`qva${process.pid}`, `qvb${process.pid}`];
const mac = '52:54:00:0b:0c:0d';
let machine: LiveMachine;
let daemon: Awaited<ReturnType<Sandbox['watch']>>;

const spec = (bridge: string) =>
  `${tinyGuest('moves')}    interfaces:
      - {name: lan, bridge: ${bridge}, target: qvt${process.pid}, mac: "${mac}", model: virtio, isolated: true}
`;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

beforeAll(async () => {
  for (const bridge of [a, b]) {
    run('ip', 'link', 'add', bridge, 'type', 'bridge');
    run('ip', 'link', 'set', bridge, 'mtu', '4000', 'up');
  }
  host.write('moves.yaml', spec(a));
  daemon = await host.watch();
  await host.untilState('moves', 'running');
  machine = await LiveMachine.of(host, 'moves');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
  for (const bridge of [a, b]) run('ip', 'link', 'delete', bridge);
});

interface Tap {
  readonly ifindex: number;
  readonly mtu: number;
  readonly master?: string;
  readonly linkinfo: {
    readonly info_data: object;
    readonly info_slave_data?: { readonly isolated: boolean };
  };
}

/** The host's end of the card, as the kernel has it. */
function tap(): Tap {
  const [found] = JSON.parse(run('ip', '-j', '-d', 'link', 'show', 'dev', `qvt${process.pid}`)) as Tap[];
  if (!found) throw new Error('no tap');
  return found;
}

/** Where the bridge would send what is for the guest. */
function learned(bridge: string): boolean {
  return run('bridge', 'fdb', 'show', 'br', bridge).includes(`${mac} dev qvt${process.pid}`);
}

test('the tap takes the MTU of its bridge', () => {
  expect(tap().mtu).toBe(4000);
});

test('a card moves to another bridge and back: the same tap, and the bridges know where the guest is', async () => {
  const before = tap();
  expect(before.master).toBe(a);
  for (const [to, from] of [
    [b, a],
    [a, b],
  ] as const) {
    await machine.change(spec(to));
    const after = tap();
    expect(after.master).toBe(to);
    expect(after.ifindex).toBe(before.ifindex);
    expect(after.linkinfo.info_data).toEqual(before.linkinfo.info_data);
    expect(after.linkinfo.info_slave_data?.isolated).toBe(true);
    await until(() => learned(to), `${to} has learned the guest's address`, 20_000);
    expect(learned(from)).toBe(false);
  }
});

test('called back while its cable is out, it is in its bridge again, and its cable in', async () => {
  host.write('moves.yaml', spec(b));
  await until(() => tap().master === b, 'the tap has moved');
  await machine.change(spec(a));
  expect(tap().master).toBe(a);
  await until(() => learned(a), 'its bridge has learned where the guest is');
});

test('a bridge that is missing is told, and nothing has moved', async () => {
  host.write('moves.yaml', spec('qvnone'));
  await until(
    async () => {
      const { conditions } = await machine.item();
      return conditions.some(({ type, reason }) => type === 'Ready' && reason === 'NetworkFailed');
    },
    'its condition says NetworkFailed',
    20_000,
  );
  const { conditions } = await machine.item();
  expect(conditions[0]?.message).toContain('to bridge qvnone');
  expect(tap().master).toBe(a);
  await machine.change(spec(a));
  await machine.stillRuns();
});

test.each(['begun', 'acted'])(
  'killed at update.bridge.%s, the daemon comes back and ends it',
  async (step) => {
    const to = tap().master === a ? b : a;
    await stop(daemon);
    daemon = await host.watch({ env: { QONVERGE_FAILPOINTS: `update.bridge.${step}=kill` } });
    host.write('moves.yaml', spec(to));
    await until(() => daemon.signalCode === 'SIGKILL', 'the daemon died', 20_000);
    daemon = await host.watch();
    await until(
      async () => {
        const { conditions } = await machine.item();
        const inSync = conditions.find(({ type }) => type === 'InSync')?.status === 'True';
        return inSync && tap().master === to;
      },
      'the card is in its bridge',
      20_000,
    );
    await machine.stillRuns();
  },
);
