import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { git } from '../../src/host/git.ts';
import { run } from '../../src/host/processes.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'qv-run-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

// What a program starts holds its pipes: `sleep` stands for an ssh whose server is silent.
describe('a program ends at its deadline, with all that it started', () => {
  test('any program', async () => {
    const call = run('sh', ['-c', 'sleep 600; true'], { timeout: 300 });
    await expect(call).rejects.toMatchObject({ code: 'command-timeout' });
  });

  test('git at its deadline, and when nobody wants it any more', async () => {
    const setup = { repository: home, home, config: { 'alias.wait': '!sleep 600; true' } };
    await expect(git(setup, ['wait'], { timeout: 300 })).rejects.toThrow('did not end within 300 ms');
    const signal = AbortSignal.timeout(300);
    await expect(git(setup, ['wait'], { signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
