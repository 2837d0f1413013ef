import { createTestDriver, TestWorld } from '../../src/drivers/test/driver.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import type { LiveDomain } from '../../src/model/domain-live.ts';
import { Failure } from '../../src/model/failure.ts';
import { keyText } from '../../src/model/resource.ts';
import { domain, stop } from '../support/live-domain.ts';
import { domainDriverContract, type Subject } from './domain-driver.ts';

const signal = new AbortController().signal;

async function open(): Promise<Subject> {
  const world = new TestWorld();
  const life = () => createTestDriver('Domain', kinds, world, () => baselineCapabilities);
  let driver = life();
  await driver.open(signal);
  return {
    get driver() {
      return driver;
    },
    domain: (name, spec) => domain(name, spec),
    define: (def) =>
      driver.perform({ kind: 'Domain', name: def.metadata.name }, { type: 'define', def }, signal),
    undefine: (key) => driver.perform(key, { type: 'undefine' }, signal),
    rename: async (from, to) => driver.rename?.(from, to),
    spoil: (def) => {
      world.failures.set(`Domain/${def.metadata.name}`, new Failure('qemu-start-failed', 'no such disk'));
    },
    async kill(key) {
      const died = (live: LiveDomain): LiveDomain => {
        const { running: _, pid: __, runState: ___, ...rest } = live;
        return { ...rest, state: 'shutoff', lastStop: stop('process-died') };
      };
      if (!world.live.has(keyText(key))) throw new Error(`${key.name} is not there`);
      world.happen({ key, event: 'exited' }, (live) => died(live as LiveDomain));
    },
    async reopen() {
      await driver.close();
      driver = life();
      await driver.open(signal);
    },
    dispose: () => driver.close(),
  };
}

domainDriverContract('test', open);
