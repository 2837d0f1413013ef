import { expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

/** Every place between two steps of a start and of a teardown where the daemon may die. */
const starting = ['prepare', 'reserve', 'spawned', 'qmp-ready', 'configured', 'running'];
const stopping = ['asked', 'dead', 'cleaned'];

test.each(starting)(
  'killed at start.%s, the daemon comes back to exactly one running machine',
  async (step) => {
    const host = new Sandbox();
    try {
      host.write('f.yaml', tinyGuest('failpoint'));
      const first = await host.watch({ env: { QONVERGE_FAILPOINTS: `start.${step}=kill` }, wait: false });
      await until(() => first.signalCode === 'SIGKILL', `the daemon died at start.${step}`);
      const before = host.qemus();
      expect(before.length).toBeLessThanOrEqual(1);
      await host.watch();
      await host.untilState('failpoint', 'running');
      expect(host.qemus()).toHaveLength(1);
      // What ran already is adopted, not started again.
      if (before[0]) expect(host.qemus()[0]?.pid).toBe(before[0].pid);
    } finally {
      await host.dispose();
    }
  },
);

test.each(stopping)('killed at stop.%s, the daemon comes back and ends the teardown', async (step) => {
  const host = new Sandbox();
  try {
    host.write('f.yaml', tinyGuest('failpoint'));
    host.write('other.yaml', tinyGuest('other'));
    const quiet = await host.watch();
    await host.untilState('failpoint', 'running');
    const other = (await host.untilState('other', 'running')).pid;
    await stop(quiet);
    const first = await host.watch({ env: { QONVERGE_FAILPOINTS: `stop.${step}=kill` } });
    await host.untilState('failpoint', 'running');
    host.write('f.yaml', tinyGuest('failpoint', '  runStrategy: Halted'));
    await until(() => first.signalCode === 'SIGKILL', `the daemon died at stop.${step}`);
    await host.watch();
    await host.untilState('failpoint', 'shutoff');
    await until(() => host.qemu('failpoint') === undefined, 'its QEMU is gone');
    expect(host.qemu('other')?.pid).toBe(other);
  } finally {
    await host.dispose();
  }
});
