import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Guest, linuxGuest, obedientGuest, tellObedient } from '../support/guest.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

const strategies = ['Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual'] as const;

/** What the guest does, and under which strategies it runs again afterwards. */
const table = {
  poweroff: ['Always'],
  panic: ['Always', 'UnlessStopped', 'RerunOnFailure'],
} as const;

describe('a guest that goes down by itself ends as its run strategy says', () => {
  let host: Sandbox;
  beforeAll(() => {
    host = new Sandbox();
  });
  afterAll(() => host.dispose());

  for (const word of ['poweroff', 'panic'] as const) {
    const again = table[word];
    test(`after ${word}`, { timeout: 240_000 }, async () => {
      for (const strategy of strategies) {
        const name = `${word}-${strategy.toLowerCase()}`;
        const spec = `  runStrategy: ${strategy}\n  onCrash: destroy`;
        host.write(`${name}.yaml`, obedientGuest(name, host.root, spec));
      }
      const daemon = await host.watch();
      const names = strategies.map((strategy) => `${word}-${strategy.toLowerCase()}`);
      await until(async () => (await host.item(`${word}-manual`)) !== undefined, 'the specs are read');
      expect((await host.cli(['start', `${word}-manual`])).stderr).toBe('');
      const first = new Map<string, number>();
      for (const name of names) first.set(name, (await host.untilState(name, 'running')).pid ?? 0);
      for (const name of names) await tellObedient(name, host.root, word);
      for (const strategy of strategies) {
        const name = `${word}-${strategy.toLowerCase()}`;
        await until(() => host.qemu(name)?.pid !== first.get(name), `${name} went down`, 60_000);
        if ((again as readonly string[]).includes(strategy)) {
          const item = await host.untilState(name, 'running', 60_000);
          expect(item.pid, name).not.toBe(first.get(name));
        }
      }
      // Long enough for a wrong restart to show: two passes of the loop.
      await new Promise((done) => setTimeout(done, 5_000));
      for (const strategy of strategies) {
        const name = `${word}-${strategy.toLowerCase()}`;
        const runs = host.qemu(name) !== undefined;
        expect(runs, `${name} runs`).toBe((again as readonly string[]).includes(strategy));
      }
      await stop(daemon, 'SIGKILL');
      for (const name of names) host.write(`${name}.yaml`, '');
      for (const qemu of host.qemus()) process.kill(qemu.pid, 'SIGKILL');
    });
  }

  test('a reboot by the guest is no stop: the same process goes on, under every strategy', {
    timeout: 180_000,
  }, async () => {
    const other = new Sandbox();
    try {
      other.write('r.yaml', linuxGuest('r', other.root, '  runStrategy: Once'));
      await other.watch();
      const { pid } = await other.untilState('r', 'running');
      const guest = await Guest.connect(`${other.root}/r.cmd`);
      await new Promise((done) => setTimeout(done, 8_000));
      const before = (await guest.facts())['uptime'] as number;
      await guest.reboot();
      await until(
        async () => {
          // Until it is down the old guest may still answer the new connection.
          const again = await Guest.connect(`${other.root}/r.cmd`);
          try {
            const facts = JSON.parse((await again.ask('facts', 20_000)).slice(6)) as { uptime: number };
            return facts.uptime < before;
          } catch {
            return false;
          } finally {
            again.close();
          }
        },
        'the guest booted anew',
        120_000,
      );
      expect(other.qemu('r')?.pid).toBe(pid);
      expect((await other.item('r'))?.state).toBe('running');
    } finally {
      await other.dispose();
    }
  });
});
