import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { LiveMachine } from '../support/live-machine.ts';
import { Sandbox, until } from '../support/sandbox.ts';

const host = new Sandbox();
let machine: LiveMachine;

const spec = (mode: string) =>
  tinyGuest('drifting').replace(
    '{name: drifting}',
    `{name: drifting, annotations: {qonverge/reconcile: ${mode}}}`,
  ) +
  `      - {name: cd, device: cdrom, bus: ide, file: ${host.root}/one.iso, format: raw}
    interfaces: [{name: lan, type: user, model: virtio}]
`;

beforeAll(async () => {
  writeFileSync(`${host.root}/one.iso`, Buffer.alloc(1 << 20));
  host.write('drifting.yaml', spec('enforce'));
  await host.watch();
  await host.untilState('drifting', 'running');
  machine = await LiveMachine.of(host, 'drifting');
});
afterAll(async () => {
  machine?.close();
  await host.dispose();
});

/** One command: the loop would be faster than the second of two. */
async function eject(): Promise<void> {
  await machine.query('eject', { id: 'ua-cd', force: true });
}

async function medium(): Promise<string | undefined> {
  const drives = await machine.query<{ qdev: string; inserted?: { file: string } }[]>('query-block');
  return drives.find(({ qdev }) => qdev.includes('ua-cd'))?.inserted?.file;
}

test('what another program ejects is put back, and a pause by it ends', async () => {
  await eject();
  await until(async () => (await medium()) === `${host.root}/one.iso`, 'the medium is back');
  await machine.query('stop');
  const running = async () => (await machine.query<{ running: boolean }>('query-status')).running;
  await until(running, 'it runs again');
  await machine.stillRuns();
});

test('in the mode `warn` it is told with what was wanted, and left, until the spec wants it enforced', async () => {
  host.write('drifting.yaml', spec('warn'));
  await until(async () => (await machine.item()).generation === 2, 'the mode is accepted');
  await eject();
  const told = async () => (await host.cli(['drift', '-o', 'json'])).stdout;
  await until(async () => (await told()).includes('one.iso'), 'the drift is told');
  const { drift } = (await machine.item()) as {
    drift?: { path: string; since: string; desired?: unknown }[];
  };
  expect(drift).toContainEqual(
    expect.objectContaining({
      path: 'spec.devices.disks[cd].file',
      desired: `${host.root}/one.iso`,
      since: expect.stringMatching(/^\d{4}-/),
    }),
  );
  const accepted = await host.cli(['drift', 'accept', 'drifting']);
  expect([accepted.exitCode, accepted.stdout]).toEqual([0, expect.stringContaining('cd')]);
  expect(accepted.stdout).toContain(`# Into ${host.root}/specs/drifting.yaml, field by field`);
  expect(await medium()).toBeUndefined();
  host.write('drifting.yaml', spec('enforce'));
  await until(async () => (await medium()) === `${host.root}/one.iso`, 'the medium is back');
  expect((await host.cli(['drift'])).stdout).not.toContain('one.iso');
  await machine.stillRuns();
});
