import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GitSource, GitSourceOptions } from '../../src/source/git/git.ts';
import { Approvals } from '../../src/state/approvals.ts';
import { GitRepository, signedBy } from '../support/git-repository.ts';
import { gitSource } from '../support/git-source.ts';
import { key, spec, TestHost, text, volumeSpec } from '../support/test-host.ts';

let host: TestHost;
let repo: GitRepository;
let alarms: string[];
beforeEach(async () => {
  host = await TestHost.open();
  repo = new GitRepository();
  alarms = [];
});
afterEach(async () => {
  await host.dispose();
  repo.dispose();
});

const confirm = ', annotations: {qonverge/prune: confirm}';
const held = (name: string, kind: 'Domain' | 'Volume' = 'Domain') =>
  host.entry(name, kind).held.map(({ reason }) => reason);
const isGone = (name: string) => host.controller.entry(text(name)) === undefined;

function open(options: Partial<GitSourceOptions> = {}): GitSource {
  return gitSource(repo, { alarm: (reason) => alarms.push(reason), ...options });
}

async function follow(source: GitSource): Promise<void> {
  host.controller.setDesired(source.origin, await source.read(AbortSignal.timeout(60_000)));
  await host.rest();
  await host.after(5_000);
}

describe('removal that its spec wants confirmed', () => {
  test('waits, also over a restart of ours, until a person names it', async () => {
    await host.declare(spec('a', '', confirm), spec('b'));
    await host.declare(spec('b'));
    expect(held('a')).toEqual(['NeedsApproval']);
    expect(host.live('a')?.state).toBe('running');
    await expect(host.controller.approveOne(key('b'), 'ann')).rejects.toThrow('nothing of Domain/b waits');
    await host.controller.approve('ann');
    await host.rest();
    expect(held('a')).toEqual(['NeedsApproval']);
    expect(await host.controller.approveOne(key('a'), 'ann')).toBe('delete');
    await host.after(5_000);
    expect(isGone('a')).toBe(true);
  });

  test('an approval outlives us, and is void once the resource is declared again', async () => {
    await host.declare(spec('a', '', confirm), spec('b'));
    await host.controller.close();
    await host.start();
    // The source is not read yet: a person approves what it will bring.
    await host.controller.approveOne(key('a'), 'ann');
    await host.controller.close();
    await host.start();
    await host.declare(spec('a', '', confirm), spec('b'));
    await host.declare(spec('b'));
    expect(held('a')).toEqual(['NeedsApproval']);
  });
});

test('an approved revision stays approved over a restart of ours; another one is not', async () => {
  const many = Array.from({ length: 8 }, (_, at) => volumeSpec(`v${at}`));
  await host.declare(...many);
  await host.controller.close();
  await host.start();
  const state = await host.declare(...many.slice(4));
  expect(held('v0', 'Volume')).toEqual(['Brake']);
  await host.controller.approve('ann');
  await host.controller.close();
  await host.start();
  host.controller.setDesired(host.origin, state);
  await host.after(5_000);
  expect(host.controller.keys()).toHaveLength(4);
});

test('what is named is let through the brake and does not count, whatever else waits', async () => {
  await host.declare(...Array.from({ length: 8 }, (_, at) => volumeSpec(`v${at}`)));
  await host.declare(...Array.from({ length: 5 }, (_, at) => volumeSpec(`v${at + 3}`)));
  expect(held('v0', 'Volume')).toEqual(['Brake']);
  await host.controller.approveOne({ kind: 'Volume', name: 'v0' }, 'ann');
  await host.after(5_000);
  expect(host.controller.keys()).toHaveLength(5);
});

describe('trailers of commits', () => {
  beforeEach(() => {
    repo.write('a.yaml', spec('a', '', confirm));
    repo.write('b.yaml', spec('b'));
  });

  test('count when the commit is signed by somebody who counts, and the plan knows it', async () => {
    const ann = repo.sshKey('ann');
    const allowedSigners = join(repo.base, 'allowed');
    writeFileSync(allowedSigners, `ann@example.org ${readFileSync(`${ann}.pub`, 'utf8')}`);
    const source = open({ verify: { mode: 'ssh', allowedSigners } });
    repo.publish('first', { sign: signedBy(ann) });
    await follow(source);
    repo.remove('a.yaml');
    // Somebody else's words below a signed commit count for nothing.
    repo.commit('remove a\n\nAllow-Delete: Domain/a');
    repo.publish('merge', { sign: signedBy(ann) });
    await follow(source);
    expect(held('a')).toEqual(['NeedsApproval']);
    expect(alarms).toEqual(['ApprovalIgnored']);
    repo.publish('yes\n\nAllow-Delete: Domain/a, Volume/none', { sign: signedBy(ann) });
    const state = await source.read(AbortSignal.timeout(60_000));
    const plan = await host.controller.preview(source.origin, state, AbortSignal.timeout(5_000));
    expect(plan.held).toEqual([]);
    expect(plan.steps.map(({ action }) => action.type)).toContain('undefine');
    host.controller.setDesired(source.origin, state);
    await host.after(5_000);
    expect(isGone('a')).toBe(true);
    expect(host.events.recent().some(({ message }) => message.includes('ann@example.org'))).toBe(true);
  });

  test('of unsigned commits count only where the source allows it', async () => {
    const source = open();
    repo.publish();
    await follow(source);
    repo.remove('a.yaml');
    repo.publish('remove a\n\nAllow-Delete: Domain/a');
    await follow(source);
    expect(held('a')).toEqual(['NeedsApproval']);
    expect(alarms).toEqual(['ApprovalIgnored']);
    repo.publish('yes\n\nallow-delete: domain/a');
    await follow(open({ allowTrailers: true }));
    expect(isGone('a')).toBe(true);
  });

  test('let a mass change and a single restart through, and say what is wrong with them', async () => {
    const names = ['c', 'd', 'e', 'f', 'g'];
    const all = (more: string) => {
      for (const name of names) repo.write(`${name}.yaml`, spec(name, `  restartPolicy: Immediate\n${more}`));
    };
    all('');
    const source = open({ allowTrailers: true });
    repo.publish();
    await follow(source);
    all('  vcpus: 2\n');
    repo.publish(
      'more\n\nAllow-Restart: Domain/c, Domain\nAllow-Everything: yes\nAllow-Mass-Change: perhaps',
    );
    await follow(source);
    expect(alarms).toHaveLength(3);
    expect(held('c')).toEqual([]);
    expect(held('d')).toEqual(['Brake']);
    repo.publish('go\n\nAllow-Mass-Change: yes');
    await follow(source);
    expect(names.flatMap((name) => held(name))).toEqual([]);
  });

  describe('that name a restart', () => {
    const write = (policy: string, vcpus: number) => {
      for (const name of ['a', 'b'])
        repo.write(`${name}.yaml`, spec(name, `  restartPolicy: ${policy}\n  vcpus: ${vcpus}\n`));
    };
    const windows = 'Window\n  maintenanceWindows: [{schedule: "0 3 1 1 *", duration: 1m, timeZone: UTC}]';

    test.each(['Manual', 'OnGuestReboot'])('are the go-ahead that %s waits for, once', async (policy) => {
      const source = open({ allowTrailers: true });
      write(policy, 1);
      repo.publish();
      await follow(source);
      write(policy, 2);
      repo.publish('more');
      await follow(source);
      expect(held('a')).toEqual(['RestartPolicy']);
      // It may come alone, and later.
      repo.publish('go\n\nAllow-Restart: Domain/a');
      const state = await source.read(AbortSignal.timeout(60_000));
      const plan = await host.controller.preview(source.origin, state, AbortSignal.timeout(5_000));
      expect(plan.steps.map(({ key: { name }, reason }) => `${name} ${reason}`)).toEqual([
        'a its restart was approved by Ann <ann@example.org>',
        'a its restart was approved by Ann <ann@example.org>',
      ]);
      host.controller.setDesired(source.origin, state);
      await host.rest();
      await host.after(5_000);
      expect(host.done('a').slice(-2)).toEqual(['shutdown', 'start']);
      expect(host.live('a')?.running?.spec.vcpus).toMatchObject({ maximum: 2 });
      expect(held('b')).toEqual(['RestartPolicy']);
      // It is used up: what drifts later waits again, though the spec is the same.
      expect(new Approvals(host.paths).all()).toEqual([]);
    });

    test.each([
      ['Never', 'Never'],
      ['a closed window', windows],
    ])('do not end what %s waits for', async (_, policy) => {
      const source = open({ allowTrailers: true });
      write(policy, 1);
      repo.publish();
      await follow(source);
      write(policy, 2);
      repo.publish('more\n\nAllow-Restart: Domain/a, Domain/b');
      await follow(source);
      expect(held('a')).toEqual(['RestartPolicy']);
      expect(host.done('a')).not.toContain('shutdown');
    });

    test('count for nothing when nobody who counts signed them', async () => {
      const source = open();
      write('Manual', 1);
      repo.publish();
      await follow(source);
      write('Manual', 2);
      repo.publish('more\n\nAllow-Restart: Domain/a');
      await follow(source);
      expect(held('a')).toEqual(['RestartPolicy']);
      expect(alarms).toEqual(['ApprovalIgnored']);
    });
  });

  describe('in an older commit of a push', () => {
    let source: GitSource;
    const write = (name: string, vcpus: number) =>
      repo.write(`${name}.yaml`, spec(name, `  vcpus: ${vcpus}\n`));
    beforeEach(async () => {
      source = open({ allowTrailers: true });
      write('b', 1);
      write('c', 1);
      repo.publish();
      await follow(source);
    });

    test('stand for what that commit shows: a machine that is changed once more waits', async () => {
      write('b', 2);
      write('c', 2);
      repo.commit('more\n\nAllow-Restart: Domain/b, Domain/c');
      write('c', 3);
      repo.publish('other words');
      await follow(source);
      expect(host.done('b').slice(-2)).toEqual(['shutdown', 'start']);
      expect(held('c')).toEqual(['RestartPolicy']);
      expect(alarms).toEqual(['ApprovalIgnored']);
    });

    test('know what a class makes of a machine', async () => {
      const sized = (vcpus: number) =>
        `apiVersion: qonverge/v1\nkind: DomainClass\nmetadata: {name: small}\nspec: {template: {memory: 64MiB, vcpus: ${vcpus}}}\n`;
      repo.write('class.yaml', sized(1));
      repo.write(
        'd.yaml',
        'apiVersion: qonverge/v1\nkind: Domain\nmetadata: {name: d}\nspec: {class: small}\n',
      );
      repo.publish();
      await follow(source);
      expect(host.live('d')?.state).toBe('running');
      repo.write('class.yaml', sized(2));
      repo.commit('more\n\nAllow-Restart: Domain/d');
      repo.write('class.yaml', sized(4));
      repo.publish('even more');
      await follow(source);
      expect(held('d')).toEqual(['RestartPolicy']);
      repo.write('class.yaml', sized(8));
      repo.commit('most\n\nAllow-Restart: Domain/d');
      write('b', 1);
      repo.publish('something else');
      await follow(source);
      expect(host.live('d')?.running?.spec.vcpus).toMatchObject({ maximum: 8 });
    });

    test('let a removal through that it shows, and none that came after it', async () => {
      repo.write('e.yaml', spec('e', '', confirm));
      repo.publish();
      await follow(source);
      repo.commit('early words\n\nAllow-Delete: Domain/e');
      repo.remove('a.yaml');
      repo.commit('without a\n\nAllow-Delete: Domain/a');
      repo.remove('e.yaml');
      repo.publish('without e');
      await follow(source);
      expect(isGone('a')).toBe(true);
      expect(held('e')).toEqual(['NeedsApproval']);
    });

    test('let no mass change through that went on growing', async () => {
      const names = ['v', 'w', 'x', 'y', 'z'];
      for (const name of names) write(name, 1);
      repo.publish();
      await follow(source);
      for (const name of names) repo.remove(`${name}.yaml`);
      repo.commit('fewer\n\nAllow-Mass-Change: yes');
      repo.remove('b.yaml');
      repo.publish('even fewer');
      await follow(source);
      expect(held('v')).toEqual(['Brake']);
      expect(held('b')).toEqual(['Brake']);
    });
  });

  test('cannot lift protection: that takes one revision that lifts it and another one that removes', async () => {
    repo.write('a.yaml', spec('a', '', ', annotations: {qonverge/protect: "true"}'));
    const source = open({ allowTrailers: true });
    repo.publish();
    await follow(source);
    repo.remove('a.yaml');
    repo.publish('remove a\n\nAllow-Delete: Domain/a\nAllow-Mass-Change: yes');
    await follow(source);
    expect(held('a')).toEqual(['Protected']);
    repo.write('a.yaml', spec('a'));
    repo.publish('lift');
    await follow(source);
    expect(held('a')).toEqual([]);
    repo.remove('a.yaml');
    repo.publish('remove');
    await follow(source);
    expect(isGone('a')).toBe(true);
  });
});
