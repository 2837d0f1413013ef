import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox } from '../support/sandbox.ts';

const host = new Sandbox();
let machine: LiveMachine;

const spec = (passwd: string, more = '') =>
  `${tinyGuest('screen')}    graphics: [{type: vnc, autoport: true, listen: 127.0.0.1, passwd: ${passwd}${more}}]\n`;

beforeAll(async () => {
  host.write('screen.yaml', spec('first'));
  await host.watch();
  await host.untilState('screen', 'running');
  machine = await LiveMachine.of(host, 'screen');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
});

/** Whether the screen lets in who has this password: VNC authentication of RFC 6143, part 7.2.2. */
async function opens(password: string): Promise<boolean> {
  const [vnc] = await machine.query<{ server: { service: string }[] }[]>('query-vnc-servers');
  const socket = connect(Number(vnc?.server[0]?.service), '127.0.0.1');
  try {
    expect((await bytes(socket, 12)).toString()).toBe('RFB 003.008\n');
    socket.write('RFB 003.008\n');
    const [count = 0] = await bytes(socket, 1);
    expect([...(await bytes(socket, count))]).toContain(2);
    socket.write(Buffer.from([2]));
    const challenge = await bytes(socket, 16);
    // DES with the bits of each byte of the key in the other order; three times the same key is one DES.
    const key = Buffer.alloc(8);
    key.write(password.slice(0, 8));
    const mirrored = key.map((byte) =>
      Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
    );
    const cipher = createCipheriv(
      'des-ede3',
      Buffer.concat([mirrored, mirrored, mirrored]),
      null,
    ).setAutoPadding(false);
    socket.write(cipher.update(challenge));
    return (await bytes(socket, 4)).readUInt32BE() === 0;
  } finally {
    socket.destroy();
  }
}

async function bytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const found = socket.read(count) as Buffer | null;
    if (found) return found;
    await once(socket, 'readable');
  }
}

test('the password of a screen changes while it runs, ends, and lasts again', async () => {
  expect([await opens('first'), await opens('second')]).toEqual([true, false]);
  await machine.change(spec('second'));
  expect([await opens('first'), await opens('second')]).toEqual([false, true]);
  await machine.change(spec('second', ", passwdValidTo: '2020-01-01T00:00:00'"));
  expect(await opens('second')).toBe(false);
  await machine.change(spec('second'));
  expect(await opens('second')).toBe(true);
});
