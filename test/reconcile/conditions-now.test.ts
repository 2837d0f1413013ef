import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DomainAction } from '../../src/model/domain-action.ts';
import { spec, stateOf, TestHost } from '../support/test-host.ts';

let host: TestHost;
/** The action that is being done and goes on until the test lets it end. */
let begun: Promise<void>;
let slow: DomainAction['type'] | undefined;
let end: () => void;

beforeEach(async () => {
  slow = undefined;
  let begin = () => {};
  begun = new Promise((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  host = await TestHost.open({}, (driver) => ({
    ...driver,
    observe: driver.observe.bind(driver),
    async perform(key, action, signal) {
      if (action.type === slow) {
        begin();
        await ended;
      }
      return driver.perform(key, action, signal);
    },
  }));
});
afterEach(async () => {
  end();
  await host.dispose();
});

async function begin(type: DomainAction['type'], text: string): Promise<void> {
  slow = type;
  host.controller.setDesired(host.origin, await stateOf({ 'all.yaml': text }));
  await begun;
}

function shown(type: string): string | undefined {
  const status = host.controller.statusOf({ kind: 'Domain', name: 'a' });
  const found = status?.conditions.find((condition) => condition.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
}

test('while a change is done to what runs, status says which, and calls nothing in sync', async () => {
  await host.declare(spec('a', '  vcpus: {maximum: 2, current: 1}\n'));
  expect(shown('InSync')).toBe('True InSync: the host is as the spec says');
  await begin('update', spec('a', '  vcpus: {maximum: 2, current: 2}\n'));
  expect(shown('InSync')).toBe('False Progressing: under way: set the number of vCPUs');
  expect(shown('Reconciling')).toBe('True Progressing: under way: set the number of vCPUs');
  expect(shown('Ready')).toMatch(/^True /);
  end();
  await host.rest();
  expect(shown('InSync')).toBe('True InSync: the host is as the spec says');
  expect(shown('Reconciling')).toBeUndefined();
});

test('a machine that goes down for a restart is not ready', async () => {
  await host.declare(spec('a', '  title: one\n  restartPolicy: Immediate\n'));
  await begin(
    'shutdown',
    spec('a', '  memory: 128MiB\n  restartPolicy: Immediate\n').replace('  memory: 64MiB\n', ''),
  );
  expect(shown('Ready')).toBe('Unknown Progressing: under way: shutdown, restartPolicy Immediate');
  end();
  await host.rest();
  expect(shown('Ready')).toBe('True Converged: ');
});

test('a mistake that comes into the spec meanwhile is told at once', async () => {
  await host.declare(spec('a', '  vcpus: {maximum: 2, current: 1}\n'));
  await begin('update', spec('a', '  vcpus: {maximum: 2, current: 2}\n'));
  host.controller.setDesired(host.origin, await stateOf({ 'all.yaml': spec('a', '  vcpu: 2\n') }));
  expect(shown('Stalled')).toMatch(/^True InvalidSpec: all.yaml:6:3: unknown field "vcpu"/);
});
