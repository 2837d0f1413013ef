import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, stop, until } from '../support/sandbox.ts';

const host = new Sandbox();
let machine: LiveMachine;
let daemon: Awaited<ReturnType<Sandbox['watch']>>;

const usb = '    controllers: [{type: usb, index: 0, model: qemu-xhci}]\n';
const disk = (more = '') =>
  `      - {name: data, file: ${host.root}/data.raw, format: raw, bus: usb${more}}\n`;
const spec = (disks = '') => tinyGuest('live') + disks + usb;

beforeAll(async () => {
  writeFileSync(`${host.root}/data.raw`, Buffer.alloc(1 << 20));
  host.write('live.yaml', spec());
  daemon = await host.watch();
  await host.untilState('live', 'running');
  machine = await LiveMachine.of(host, 'live');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
});

interface Drive {
  readonly qdev: string;
  readonly inserted?: { readonly iops: number };
}

/** Of the data disk: absent, or its limit. */
async function limit(): Promise<number | undefined> {
  const drives = await machine.query<Drive[]>('query-block');
  return drives.find(({ qdev }) => qdev.includes('ua-data'))?.inserted?.iops;
}

// Guests need not agree to what happens on USB, nor to limits.
test.each(['begun', 'acted', 'recorded'])(
  'killed at update.*.%s, the daemon comes back and finishes the change of the running machine',
  async (step) => {
    const changes = [
      { act: 'attach', text: spec(disk()), wanted: 0 },
      { act: 'throttle', text: spec(disk(', iotune: {totalIopsSec: 50}')), wanted: 50 },
      { act: 'detach', text: spec(), wanted: undefined },
    ];
    for (const { act, text, wanted } of changes) {
      await stop(daemon);
      daemon = await host.watch({ env: { QONVERGE_FAILPOINTS: `update.${act}.${step}=kill` } });
      host.write('live.yaml', text);
      await until(() => daemon.signalCode === 'SIGKILL', `the daemon died at update.${act}.${step}`);
      daemon = await host.watch();
      await until(async () => (await limit()) === wanted, `${act} is done`);
      await until(
        async () => {
          const { conditions } = await machine.item();
          return conditions.find(({ type }) => type === 'InSync')?.status === 'True';
        },
        'it is as its file says',
        20_000,
      );
      await machine.stillRuns();
      if (wanted === undefined)
        expect(JSON.stringify(await machine.query('query-named-block-nodes'))).not.toContain('ua-data');
    }
  },
);
