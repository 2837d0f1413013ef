import { writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { tinyGuest } from '../support/guest.ts';
import { Sandbox, until } from '../support/sandbox.ts';

const host = new Sandbox();
afterAll(() => host.dispose());

test('what an earlier life began with a guest that lets nothing go keeps no other machine waiting', async () => {
  writeFileSync(`${host.root}/data.raw`, Buffer.alloc(1 << 20));
  const disk = `      - {name: data, file: ${host.root}/data.raw, format: raw, bus: virtio}\n`;
  host.write('refuses.yaml', tinyGuest('refuses') + disk);
  const first = await host.watch({ env: { QONVERGE_FAILPOINTS: 'update.detach.begun=kill' } });
  await host.untilState('refuses', 'running');
  host.write('refuses.yaml', tinyGuest('refuses'));
  await until(() => first.signalCode === 'SIGKILL', 'the daemon died while it asked for the disk');
  host.write('other.yaml', tinyGuest('other'));
  const next = await host.watch({ wait: false });
  let said = '';
  next.stderr?.on('data', (data) => {
    said += data;
  });
  await until(() => said.includes('watching'), 'it watches its directory');
  expect(said).not.toContain('RecoveryDelayed');
  await host.untilState('other', 'running');
});
