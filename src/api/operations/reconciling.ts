import { isActive } from '../../kinds/domain/drift.ts';
import { Failure } from '../../model/failure.ts';
import { keyText, type ResourceKey } from '../../model/resource.ts';
import { type Host, operation } from '../contract.ts';
import { flag, milliseconds, optionalText, text } from '../input.ts';
import { outcome } from '../outcome.ts';
import { resourceNamed } from '../resource-named.ts';

export const suspend = operation({
  name: 'suspend',
  permission: 'write',
  input: { name: text(), by: optionalText(), reason: optionalText(), for: milliseconds(0, 366) },
  async run(host, { name, by, reason, for: time }) {
    await host.controller.orders.suspend(resourceNamed(host, name), by ?? 'a person', {
      ...(reason === undefined ? {} : { reason }),
      ...(time > 0 ? { until: new Date(host.clock.now().getTime() + time).toISOString() } : {}),
    });
    return null;
  },
});

export const resume = operation({
  name: 'resume',
  permission: 'write',
  input: { name: text(), by: optionalText(), timeout: milliseconds(180_000) },
  async run(host, { name, timeout }, _emit, signal) {
    const key = resourceNamed(host, name);
    await host.controller.orders.resume(key);
    return outcome(host, key, timeout, signal);
  },
});

export const undefine = operation({
  name: 'undefine',
  permission: 'write',
  input: {
    name: text(),
    by: optionalText(),
    stop: flag(),
    force: flag(),
    timeout: milliseconds(180_000),
  },
  async run(host, { name, stop, force, timeout, by = 'a person' }, _emit, signal) {
    const key = resourceNamed(host, name);
    if (!stop && !force) await refuseRunning(host, key, signal);
    await host.controller.orders.undefine(key);
    // Its polite shutdown is under way; this cuts it short.
    if (force && key.kind === 'Domain')
      await host.controller.orders.act(key as ResourceKey<'Domain'>, { type: 'destroy' }, signal, by);
    return outcome(host, key, timeout, signal);
  },
});

/** Nobody's guest goes down by a word that says nothing of it. */
async function refuseRunning(host: Host, key: ResourceKey, signal: AbortSignal): Promise<void> {
  if (key.kind !== 'Domain') return;
  const domain = key as ResourceKey<'Domain'>;
  const live = await host.drivers.Domain.observe(domain, signal);
  if (!isActive(live) || live?.defined?.spec.deletionPolicy === 'Orphan') return;
  throw new Failure('refused', `${key.name} is ${live?.state}`, {
    retry: 'never',
    suggestion: `qonverge undefine ${key.name} --stop shuts it down first; --force ends it at once`,
  });
}

export const reconcile = operation({
  name: 'reconcile',
  permission: 'write',
  input: {},
  async run(host) {
    host.rescan?.();
    host.controller.retry();
    return null;
  },
});

export const approve = operation({
  name: 'approve',
  permission: 'write',
  input: { name: optionalText(), by: optionalText() },
  async run(host, { name, by = 'a person' }) {
    if (name === undefined) return { revisions: await host.controller.approve(by) };
    const key = resourceNamed(host, name);
    return { key: keyText(key), what: await host.controller.approveOne(key, by) };
  },
});
