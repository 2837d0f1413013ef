import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Driver, DriverEvent } from '../../src/drivers/contract.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { DomainDef, DomainSpec } from '../../src/model/domain.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import type { ResourceKey } from '../../src/model/resource.ts';
import { until } from '../support/sandbox.ts';

/** A driver under test, and the hands of the world outside it. */
export interface Subject {
  /** Of the present life; `reopen` makes another. */
  readonly driver: Driver<'Domain'>;
  /** A small machine of this name that runs without a guest's help; complete, as the loop hands it over. */
  domain(name: string, spec?: Partial<DomainSpec>): DomainDef;
  /** As the loop does it: on record first, then the driver is told. */
  define(def: DomainDef): Promise<void>;
  /** As the loop does it: the driver first, then the record goes. */
  undefine(key: ResourceKey<'Domain'>): Promise<void>;
  /** As the loop does it: on record under both names, then the driver, then the old record goes. */
  rename(from: ResourceKey<'Domain'>, to: ResourceKey<'Domain'>): Promise<void>;
  /** The next start of this machine fails for a reason of its own. */
  spoil(def: DomainDef): Promise<void> | void;
  /** Its process is killed from outside. */
  kill(key: ResourceKey<'Domain'>): Promise<void>;
  /** Our death and next life: the old driver lets go, another opens the same host. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

const signal = () => AbortSignal.timeout(60_000);
const keyFor = (def: DomainDef): ResourceKey<'Domain'> => ({ kind: 'Domain', name: def.metadata.name });

/** What every driver of domains does, whatever is behind it. */
export function domainDriverContract(name: string, open: () => Promise<Subject>): void {
  let subject: Subject;
  let def: DomainDef;
  let key: ResourceKey<'Domain'>;
  beforeEach(async () => {
    subject = await open();
    def = subject.domain('a');
    key = keyFor(def);
  });
  afterEach(() => subject.dispose());

  const observe = (of = key) => subject.driver.observe(of, signal());
  const perform = (action: Parameters<Driver<'Domain'>['perform']>[1], of = key) =>
    subject.driver.perform(of, action, signal());
  const names = async () => (await subject.driver.list()).map((row) => row.name);
  const present = async (of = key): Promise<LiveDomain> => {
    const live = await observe(of);
    if (!live) throw new Error(`${of.name} is not there`);
    return live;
  };

  describe(`the ${name} driver`, () => {
    test('knows nothing of what was never defined', async () => {
      expect(await observe()).toBeUndefined();
      expect(await names()).toEqual([]);
    });

    test('define makes it known and shut off; twice is once', async () => {
      await subject.define(def);
      await subject.define(def);
      expect(await present()).toMatchObject({ name: 'a', state: 'shutoff', starts: 0, defined: def });
      expect(await names()).toEqual(['a']);
      expect((await present()).running).toBeUndefined();
    });

    test('start runs it with the definition that it was given; once more changes nothing', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      const live = await present();
      expect(live).toMatchObject({ state: 'running', runState: 'running', starts: 1, running: def });
      expect(live.lastStop).toBeUndefined();
      await perform({ type: 'start', def });
      expect(await present()).toEqual(live);
    });

    test('start paused waits before the first instruction, start lets it go on', async () => {
      await subject.define(def);
      await perform({ type: 'start', def, paused: true });
      const live = await present();
      expect(live).toMatchObject({ state: 'paused', runState: 'prelaunch' });
      await perform({ type: 'start', def });
      expect(await present()).toMatchObject({ state: 'running', running: def });
      expect((await present()).pid).toBe(live.pid);
    });

    test('pause and unpause stop the vCPUs and let them go on; each twice is once', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      for (const state of ['paused', 'running'] as const) {
        const type = state === 'paused' ? 'pause' : 'unpause';
        await perform({ type });
        await perform({ type });
        expect(await present()).toMatchObject({ state, runState: state, starts: 1 });
      }
    });

    test('reset leaves it running, and is no stop', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      const { pid } = await present();
      await perform({ type: 'reset' });
      const live = await present();
      expect(live).toMatchObject({ state: 'running', starts: 1 });
      expect([live.pid, live.lastStop]).toEqual([pid, undefined]);
    });

    test('destroy ends it by our own hand, which is no crash; twice is once', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await perform({ type: 'destroy' });
      await perform({ type: 'destroy' });
      const live = await present();
      expect(live).toMatchObject({ state: 'shutoff', lastStop: { byUs: true, reason: 'host-qmp-quit' } });
      expect([live.running, live.pid]).toEqual([undefined, undefined]);
      expect(kinds.Domain.crash?.(live)).toBeUndefined();
    });

    test('shutdown ends by force past the grace period, when that is allowed', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await perform({ type: 'shutdown', gracePeriod: 1, force: true });
      expect(await present()).toMatchObject({ state: 'shutoff', lastStop: { byUs: true } });
    });

    test('what ends is started anew, and that is a start more', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await perform({ type: 'destroy' });
      await perform({ type: 'start', def });
      expect(await present()).toMatchObject({ state: 'running', starts: 2 });
    });

    test('a changed definition is on record at once, and what runs is what was started', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      const changed: DomainDef = { ...def, spec: { ...def.spec, vcpus: { maximum: 2 } } };
      await subject.define(changed);
      const live = await present();
      expect(live.defined).toEqual(changed);
      expect(live.running).toEqual(def);
      expect(live.state).toBe('running');
    });

    test('undefine ends it and forgets it; twice is once', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await subject.undefine(key);
      await subject.undefine(key);
      expect(await observe()).toBeUndefined();
      expect(await names()).toEqual([]);
    });

    test('what is told to what does not run does nothing', async () => {
      await subject.define(def);
      const before = await present();
      for (const type of ['pause', 'unpause', 'destroy', 'reap'] as const) await perform({ type });
      await perform({ type: 'shutdown', gracePeriod: 1, force: true });
      expect(await present()).toEqual(before);
    });

    test('a start that fails says why, leaves it shut off, and another machine is not touched', async () => {
      const other = subject.domain('b');
      for (const each of [def, other]) await subject.define(each);
      await perform({ type: 'start', def: other }, keyFor(other));
      const before = await present(keyFor(other));
      await subject.spoil(def);
      await expect(perform({ type: 'start', def })).rejects.toMatchObject({
        name: 'Failure',
        message: expect.stringMatching(/\w/),
      });
      expect(await present()).toMatchObject({ state: 'shutoff', starts: 0 });
      expect(await present(keyFor(other))).toEqual(before);
    });

    test('a start that is called off before it begins does not happen', async () => {
      await subject.define(def);
      const start = subject.driver.perform(key, { type: 'start', def }, AbortSignal.abort());
      await expect(start).rejects.toMatchObject({ code: 'cancelled' });
      expect(await present()).toMatchObject({ state: 'shutoff', starts: 0 });
    });

    test('what is killed from outside is down, not by us, and counts as a crash', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await subject.kill(key);
      await until(async () => (await present()).state === 'shutoff', 'it is down');
      const live = await present();
      expect(live.lastStop).toMatchObject({ byUs: false, reason: 'process-died' });
      expect(kinds.Domain.crash?.(live)).toBeDefined();
    });

    test('tells listeners of what happens by itself, until they leave', async () => {
      const heard: DriverEvent[] = [];
      const leave = subject.driver.events((event) => heard.push(event));
      await subject.define(def);
      await perform({ type: 'start', def });
      await subject.kill(key);
      await until(() => heard.some((event) => event.key.name === 'a'), 'it is told');
      await until(async () => (await present()).state === 'shutoff', 'it is down');
      leave();
      await new Promise((done) => setTimeout(done, 50));
      const before = heard.length;
      await perform({ type: 'start', def });
      await subject.kill(key);
      await until(async () => (await present()).state === 'shutoff', 'it is down');
      expect(heard.length).toBe(before);
    });

    test('the next life finds what the last one left: what runs, runs on undisturbed', async () => {
      const down = subject.domain('down');
      const held = subject.domain('held');
      for (const each of [def, down, held]) await subject.define(each);
      await perform({ type: 'start', def });
      await perform({ type: 'start', def: held }, keyFor(held));
      await perform({ type: 'pause' }, keyFor(held));
      const before = [await present(), await present(keyFor(down)), await present(keyFor(held))];
      await subject.reopen();
      expect((await names()).sort()).toEqual(['a', 'down', 'held']);
      expect([await present(), await present(keyFor(down)), await present(keyFor(held))]).toEqual(before);
      await perform({ type: 'destroy' });
      expect(await present()).toMatchObject({ state: 'shutoff' });
    });

    test('under another name it runs on, also in the next life, and its old name is free', async () => {
      const to = { kind: 'Domain', name: 'b' } as const;
      await subject.define(def);
      await perform({ type: 'start', def });
      const { pid, uuid } = await present();
      await subject.rename(key, to);
      await subject.driver.rename?.(key, to);
      expect(await present(to)).toMatchObject({ name: 'b', state: 'running', starts: 1, uuid });
      const { defined, running } = await present(to);
      expect([defined?.metadata.name, running?.metadata.name]).toEqual(['b', 'b']);
      expect(await observe()).toBeUndefined();
      await subject.reopen();
      expect(await names()).toEqual(['b']);
      const other = subject.domain('a', { uuid: '0c0ffee0-1111-4222-8333-444455556666' });
      await subject.define(other);
      await perform({ type: 'start', def: other });
      expect((await present(to)).pid).toBe(pid);
      expect((await present()).state).toBe('running');
      await perform({ type: 'destroy' }, to);
      expect([(await present(to)).state, (await present()).state]).toEqual(['shutoff', 'running']);
    });

    test('what ended between two lives is known to have ended', async () => {
      await subject.define(def);
      await perform({ type: 'start', def });
      await subject.driver.close();
      await subject.kill(key);
      await subject.reopen();
      const live = await present();
      expect(live.state).toBe('shutoff');
      expect(live.lastStop).toMatchObject({ byUs: false });
    });

    test('says what the host offers for a definition, the same each time', async () => {
      const capabilities = await subject.driver.capabilities(def);
      expect(capabilities.machines['q35']).toMatch(/^pc-q35-/);
      expect(await subject.driver.capabilities(def)).toEqual(capabilities);
    });
  });
}
