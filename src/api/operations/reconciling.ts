import { keyText, type ResourceKey } from '../../model/resource.ts';
import { operation } from '../contract.ts';
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
  input: { name: text(), by: optionalText(), force: flag(), timeout: milliseconds(180_000) },
  async run(host, { name, force, timeout, by = 'a person' }, _emit, signal) {
    const key = resourceNamed(host, name);
    await host.controller.orders.undefine(key);
    // Its polite shutdown is under way; this cuts it short.
    if (force && key.kind === 'Domain')
      await host.controller.orders.act(key as ResourceKey<'Domain'>, { type: 'destroy' }, signal, by);
    return outcome(host, key, timeout, signal);
  },
});

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
