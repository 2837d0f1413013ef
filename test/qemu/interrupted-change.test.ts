import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, connectControl } from '../../src/api/control.ts';
import { tinyGuest } from '../support/guest.ts';
import { HeldMonitor } from '../support/held-monitor.ts';
import { Sandbox, type StatusItem, until } from '../support/sandbox.ts';

const host = new Sandbox();
const image = `${host.root}/data.raw`;
let monitor: HeldMonitor;
let deaf: HeldMonitor;

interface Shape {
  readonly link?: string;
  readonly passwd?: string;
  readonly data?: boolean;
}
/** Nothing in it needs its guest. */
const spec = ({ link = 'up', passwd = 'one', data = true }: Shape = {}) =>
  `${tinyGuest('busy', '  runStrategy: UnlessStopped')}${data ? `      - {name: data, file: ${image}, format: raw, bus: usb}\n` : ''}
    controllers: [{type: usb, index: 0, model: qemu-xhci}]
    interfaces: [{type: user, model: e1000, link: ${link}}]
    graphics: [{type: vnc, listen: 127.0.0.1, autoport: true, passwd: ${passwd}}]
`;

async function isAsWritten(name = 'busy'): Promise<void> {
  let last: StatusItem | undefined;
  await until(
    async () => {
      last = await host.item(name);
      return (
        last?.conditions.some(
          ({ type, status, observedGeneration }) =>
            type === 'InSync' && status === 'True' && observedGeneration === last?.generation,
        ) === true
      );
    },
    () => `it is as its file says (now ${JSON.stringify(last)})`,
  );
}

async function told(operation: string, input: object = { name: 'busy' }): Promise<unknown> {
  const socket = await connectControl(host.runDir);
  if (!socket) throw new Error('there is no daemon');
  return ask(socket, operation, input, () => undefined);
}

/** Of what the daemon has read. */
async function revision(): Promise<string | undefined> {
  const { sources } = (await told('status', {})) as { sources: readonly { revision: string }[] };
  return sources[0]?.revision;
}

beforeAll(async () => {
  writeFileSync(image, Buffer.alloc(1 << 20));
  host.write('busy.yaml', spec());
  expect(await host.cli(['apply', host.specs])).toMatchObject({ exitCode: 0 });
  monitor = await HeldMonitor.before(host.runDir);
  host.write('deaf.yaml', tinyGuest('deaf'));
  expect(await host.cli(['apply', host.specs])).toMatchObject({ exitCode: 0 });
  deaf = await HeldMonitor.before(host.runDir);
  await host.watch();
  await until(isLive, 'it was taken up');
});
afterAll(async () => {
  monitor?.close();
  deaf?.close();
  await host.dispose();
});
async function isLive(): Promise<boolean> {
  return (await host.item('busy'))?.state === 'running';
}

test.each([{ command: 'set_link', change: { link: 'down' }, back: { up: true } }])(
  'taken back while QEMU does it ($command), a change is taken back in QEMU',
  async ({ command, change, back }) => {
    monitor.hold(command);
    host.write('busy.yaml', spec(change));
    await monitor.untilHeld();
    expect(monitor.last(command)).not.toMatchObject(back);
    const changed = await revision();
    host.write('busy.yaml', spec());
    await until(async () => (await revision()) !== changed, 'the newer wish is heard');
    monitor.release();
    await isAsWritten();
    expect(monitor.last(command)).toMatchObject(back);
  },
);

test('taken back while QEMU does it, and its answer lost, a change is taken back in QEMU', async () => {
  monitor.hold('set_link');
  host.write('busy.yaml', spec({ link: 'down' }));
  await monitor.untilHeld();
  const changed = await revision();
  host.write('busy.yaml', spec());
  await until(async () => (await revision()) !== changed, 'the newer wish is heard');
  monitor.hangUp();
  await isAsWritten();
  expect(monitor.last('set_link')).toMatchObject({ up: true });
});

test('saved while QEMU takes a disk out, it goes on without it', async () => {
  monitor.hold('device_del');
  host.write('busy.yaml', spec({ data: false }));
  await monitor.untilHeld();
  const saved = told('save');
  saved.catch(() => undefined);
  await host.status();
  monitor.release();
  await saved;
  rmSync(image);
  expect(await told('start')).toMatchObject({ state: 'running' });
  await isAsWritten();
});

test('a shutdown that was taken back is not carried on later: the guest is asked anew', async () => {
  const asked = () => deaf.said.filter(({ execute }) => execute === 'system_powerdown').length;
  const restarting = (grace: number) =>
    tinyGuest('deaf', '  restartPolicy: Immediate')
      .replace('64MiB', '96MiB')
      .replace('terminationGracePeriod: 1', `terminationGracePeriod: ${grace}`);
  const pid = host.qemu('deaf')?.pid;
  host.write('deaf.yaml', restarting(600));
  await until(() => asked() === 1, 'the guest is asked');
  host.write('deaf.yaml', tinyGuest('deaf'));
  await isAsWritten('deaf');
  host.write('deaf.yaml', restarting(1));
  await until(() => host.qemu('deaf')?.pid !== pid, 'it is down');
  expect(asked()).toBe(2);
});
