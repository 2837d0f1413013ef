import { within } from '../../host/within.ts';
import { Failure } from '../../model/failure.ts';
import { keyText, type ResourceKey } from '../../model/resource.ts';
import type { ResourceStatus } from '../../model/status.ts';
import { type Host, operation } from '../contract.ts';
import { milliseconds, oneOf, text } from '../input.ts';
import { keyNamed, resourceNamed } from '../resource-named.ts';

export const goals = ['ready', 'in-sync', 'running', 'stopped'] as const;
type Goal = (typeof goals)[number];

const lookEvery = 1_000;

/** Waits until a resource is what is asked for, or says what it is instead. */
export const wait = operation({
  name: 'wait',
  permission: 'read',
  input: { name: text(), for: oneOf(goals, 'ready'), timeout: milliseconds(300_000) },
  async run(host, input, _emit, signal) {
    const key = await within(input.timeout, signal, async (limit) => {
      const key = await known(host, input.name, limit);
      const reached = () => isReached(input.for, host.controller.statusOf(key));
      const looking = host.watching ? undefined : lookOn(host, limit, reached);
      await host.controller.until(reached, limit);
      await looking;
      return key;
    });
    const last = host.controller.statusOf(key);
    if (isReached(input.for, last)) return last;
    const { state = 'gone', conditions = [] } = last ?? {};
    const condition = conditions.find(({ type }) => type === (input.for === 'in-sync' ? 'InSync' : 'Ready'));
    const why = condition
      ? `, ${condition.type} ${condition.status} (${condition.reason}): ${condition.message}`
      : '';
    throw new Failure(
      'timed-out',
      `${keyText(key)} is not ${input.for} after ${input.timeout / 1_000} s: it is ${state}${why}`,
      {
        suggestion: 'qonverge status and qonverge events show how far it is',
      },
    );
  },
});

/** A daemon that has just come up may not have read its sources yet: until then nothing is unknown. */
async function known(host: Host, name: string, signal: AbortSignal): Promise<ResourceKey> {
  const { controller, clock, watching = [] } = host;
  const isRead = () => {
    const read = new Set(controller.sources().map(({ origin }) => origin));
    return watching.every((origin) => read.has(origin));
  };
  while (!signal.aborted && !controller.has(keyNamed(host, name)) && !isRead())
    await clock.sleep(lookEvery / 10, signal).catch(() => undefined);
  return resourceNamed(host, name);
}

function isReached(goal: Goal, status: ResourceStatus | undefined): boolean {
  const holds = (type: string) =>
    status?.conditions.some((condition) => condition.type === type && condition.status === 'True') === true;
  switch (goal) {
    case 'ready':
      return holds('Ready') && status?.state !== 'shutoff';
    case 'in-sync':
      return holds('InSync');
    case 'running':
      return status?.state === 'running';
    case 'stopped':
      return status?.state === 'shutoff';
  }
}

/** Without a daemon nobody looks but we. */
async function lookOn(
  { controller, clock }: Host,
  signal: AbortSignal,
  reached: () => boolean,
): Promise<void> {
  while (!signal.aborted && !reached()) {
    await controller.inspect(signal);
    if (!reached()) await clock.sleep(lookEvery, signal).catch(() => undefined);
  }
}
