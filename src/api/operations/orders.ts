import { isUp } from '../../kinds/domain/drift.ts';
import { shutdown } from '../../kinds/domain/plan.ts';
import { refusedOrder } from '../../kinds/domain/power.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { PowerIntent } from '../../model/domain-live.ts';
import { Failure } from '../../model/failure.ts';
import { type Action, keyText, type ResourceKey } from '../../model/resource.ts';
import { suspension } from '../../reconcile/gate.ts';
import { type Host, type Operation, operation } from '../contract.ts';
import { flag, milliseconds, optionalText, text } from '../input.ts';
import { outcome } from '../outcome.ts';
import { domainNamed } from '../resource-named.ts';

/** A person's order to a domain: remembered, shown, and obeyed as its run strategy allows. */
function order(name: string, want: PowerIntent['want'], restart = false): Operation {
  return operation({
    name,
    permission: 'write',
    input: {
      name: text(),
      by: optionalText(),
      timeout: milliseconds(180_000),
      ...(want === 'stopped' ? { force: flag() } : {}),
    },
    async run(host, input, _emit, signal) {
      const key = domainNamed(host, input.name);
      const { controller } = host;
      const by = input.by ?? 'a person';
      const force = input.force === true;
      const def = host.store.get(key)?.def;
      const suspended = isSuspended(host, key);
      // What is suspended does not come up again by itself.
      const obeys = force || (suspended && want === 'stopped');
      const refused = def && !obeys ? refusedOrder(def, want) : undefined;
      if (refused)
        throw new Failure('refused', refused.message, { retry: 'never', suggestion: refused.suggestion });
      // An Always domain cannot be told to stay down: a forced stop is a restart without asking the guest.
      const staysDown = want === 'stopped' && def !== undefined && refusedOrder(def, want) === undefined;
      if (want === 'paused' || name === 'unpause') await mustRun(host, key, signal);
      if (want !== 'stopped' || staysDown) {
        const at = host.clock.now().toISOString();
        const intent = { want, by, at, bootId: host.bootId, ...(restart ? { restart } : {}) };
        await controller.orders.setIntent(
          key,
          intent,
          obeys ? { action: down(def, force), signal } : undefined,
        );
      }
      if (obeys && !staysDown) await controller.orders.act(key, down(def, force), signal, by);
      if (want === 'paused') await controller.orders.act(key, { type: 'pause' }, signal, by);
      if (name === 'unpause') await controller.orders.act(key, { type: 'unpause' }, signal, by);
      const status = await outcome(host, key, input.timeout, signal);
      const back = controller.entry(keyText(key))?.held.find(({ reason }) => reason === 'RolledBack');
      if (restart && back)
        throw new Failure('refused', `${keyText(key)}: ${back.message}`, {
          retry: 'never',
          suggestion: 'change its spec, or restart it again once the cause is gone',
        });
      return status;
    },
  });
}

/** At once, or as its spec says. */
function down(def: DomainDef | undefined, force: boolean): Action<'Domain'> {
  return def && !force ? shutdown(def) : { type: 'destroy' };
}

function isSuspended(host: Host, key: ResourceKey): boolean {
  return suspension(host.store.get(key), host.clock.now()) !== undefined;
}

export const start = order('start', 'running');
export const stop = order('stop', 'stopped');
export const restart = order('restart', 'running', true);
export const pause = order('pause', 'paused');
export const unpause = order('unpause', 'running');

export const reset = operation({
  name: 'reset',
  permission: 'write',
  input: { name: text(), by: optionalText() },
  async run(host, { name, by = 'a person' }, _emit, signal) {
    const key = domainNamed(host, name);
    await mustRun(host, key, signal);
    await host.controller.orders.act(key, { type: 'reset' }, signal, by);
    return outcome(host, key, 30_000, signal);
  },
});

async function mustRun(host: Host, key: ResourceKey<'Domain'>, signal: AbortSignal): Promise<void> {
  const live = await host.drivers.Domain.observe(key, signal);
  if (isUp(live)) return;
  throw new Failure('domain-not-running', `${key.name} does not run`, {
    retry: 'never',
    suggestion: `qonverge start ${key.name}`,
  });
}
