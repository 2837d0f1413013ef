import { afterEach, expect, test } from 'vitest';
import type { DomainAction } from '../../src/model/domain-action.ts';
import { Failure, type FailureCode, type Retry } from '../../src/model/failure.ts';
import { spec, TestHost } from '../support/test-host.ts';

let host: TestHost;
/** What the machine's guest, or its host, has against a change: by its operation and alias. */
const against = new Map<string, Failure>();

afterEach(async () => {
  against.clear();
  await host.dispose();
});

async function open(): Promise<void> {
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    perform: async (key, action, signal) => {
      const failure = action.type === 'update' && against.get(nameOf(action));
      if (failure) throw failure;
      await driver.perform(key, action, signal);
    },
  }));
}

function nameOf({ change: { operation, device } }: Extract<DomainAction, { type: 'update' }>): string {
  return device ? `${operation} ${device.alias}` : operation;
}

function refuses(what: string, code: FailureCode, retry: Retry = 'backoff'): void {
  against.set(what, new Failure(code, `not ${what}`, { retry }));
}

const asksAgain: Retry = { after: 30_000, growing: true };

/** A machine with disks on ports of a USB bus. */
function machine(disks: Readonly<Record<string, number>>, more = ''): string {
  const rows = Object.entries(disks).map(
    ([name, port]) =>
      `      - {name: ${name}, bus: usb, file: /${name}.raw, format: raw, address: {type: usb, bus: 0, port: '${port}'}}\n`,
  );
  return spec(
    'a',
    `${more}  devices:\n    controllers: [{type: usb, index: 0, model: qemu-xhci}]\n    disks:\n${rows.join('')}`,
  );
}

const disks = () => host.live('a')?.running?.spec.devices?.disks?.map(({ name }) => name);
const changes = () =>
  host.world.actions.flatMap(({ action }) => (action.type === 'update' ? [nameOf(action as never)] : []));
const message = () => host.entry('a').failure?.message;

test('a guest that keeps a disk keeps nothing else from being changed, and is asked again later', async () => {
  await open();
  await host.declare(machine({ one: 1, two: 2, three: 3 }));
  refuses('detach ua-two', 'guest-did-not-accept', asksAgain);
  await host.declare(machine({ four: 4 }));
  expect(disks()).toEqual(['two', 'four']);
  expect([host.condition('a', 'Ready'), message()]).toEqual(['False GuestDidNotAccept', 'not detach ua-two']);
  await host.declare(machine({ four: 4, five: 1 }, '  title: another\n'));
  expect(disks()).toEqual(['two', 'four', 'five']);
  expect(host.condition('a', 'InSync')).toBe('False Failed');
  against.clear();
  await host.after(59_000);
  expect(disks()).toContain('two');
  await host.after(2_000);
  expect(disks()).toEqual(['four', 'five']);
  expect([host.condition('a', 'InSync'), host.entry('a').failure]).toEqual(['True InSync', undefined]);
  expect(changes().filter((change) => change === 'attach ua-four')).toHaveLength(1);
});

test('what takes the seat of a device that stays waits for it', async () => {
  await open();
  await host.declare(machine({ one: 1, two: 2 }));
  refuses('detach ua-one', 'guest-did-not-accept', asksAgain);
  await host.declare(machine({ fresh: 1, other: 3 }));
  expect(disks()).toEqual(['one', 'other']);
  against.clear();
  await host.after(31_000);
  expect(disks()).toEqual(['other', 'fresh']);
});

test('all that failed is told, and what can be tried first is', async () => {
  await open();
  await host.declare(machine({ one: 1 }));
  refuses('detach ua-one', 'guest-did-not-accept', asksAgain);
  refuses('attach ua-gone', 'image-missing', { after: 10_000 });
  await host.declare(machine({ gone: 2, there: 3 }));
  expect(disks()).toEqual(['one', 'there']);
  expect(message()).toBe('not attach ua-gone; not detach ua-one');
  against.delete('attach ua-gone');
  await host.after(11_000);
  expect(disks()).toEqual(['one', 'there', 'gone']);
  expect(message()).toBe('not detach ua-one');
});

test('a failure that says what is next is backed off from, after all others were done', async () => {
  await open();
  await host.declare(machine({ one: 1 }));
  refuses('attach ua-two', 'network-failed');
  await host.declare(machine({ one: 1, two: 2, three: 3 }));
  expect(disks()).toEqual(['one', 'three']);
  expect(host.condition('a', 'Ready')).toBe('False NetworkFailed');
  against.clear();
  await host.after(60_000);
  expect(disks()).toEqual(['one', 'three', 'two']);
});

test('a machine that does not answer is left alone', async () => {
  await open();
  await host.declare(machine({ one: 1 }));
  refuses('attach ua-two', 'qmp-timeout');
  await host.declare(machine({ one: 1, two: 2, three: 3 }));
  expect(disks()).toEqual(['one']);
  against.clear();
  await host.after(60_000);
  expect(disks()).toEqual(['one', 'two', 'three']);
});

test('the history says which were done', async () => {
  await open();
  await host.declare(machine({ one: 1 }));
  refuses('detach ua-one', 'guest-did-not-accept', asksAgain);
  await host.declare(machine({ two: 2 }, '  iothreads: 1\n'));
  const [row] = host.history.of('Domain/a');
  expect(row).toMatchObject({ outcome: 'failed', message: 'not detach ua-one', done: 3 });
  expect(row?.steps.map(({ reason }) => reason)).toEqual([
    'the spec changed',
    'set the number of I/O threads',
    'plug in ua-two',
    'unplug ua-one',
  ]);
});
