import { within } from '../host/within.ts';
import { Failure } from '../model/failure.ts';
import { type KeyText, keyText, type ResourceKey } from '../model/resource.ts';
import type { ResourceStatus } from '../model/status.ts';
import type { Host } from './contract.ts';

/** False: not in time. A first failure is waited for no further. */
export async function settled(
  host: Host,
  keys: readonly KeyText[],
  timeout: number,
  signal: AbortSignal,
): Promise<boolean> {
  return within(timeout, signal, async (limit) => {
    await host.controller.whenSettled(() => keys, limit, true);
    return !limit.aborted;
  });
}

/** Waits until nothing more happens to it, then says what it is; its failure is ours. Null: it is gone. */
export async function outcome(
  host: Host,
  key: ResourceKey,
  timeout: number,
  signal: AbortSignal,
): Promise<ResourceStatus | null> {
  const text = keyText(key);
  const inTime = await settled(host, [text], timeout, signal);
  const failure = host.controller.entry(text)?.failure;
  if (failure) {
    const { message, suggestion } = failure;
    throw new Failure('refused', `${text}: ${message}`, {
      retry: 'never',
      ...(suggestion ? { suggestion } : {}),
    });
  }
  if (!inTime)
    throw new Failure('timed-out', `${text} is not there yet`, {
      suggestion: 'qonverge status shows how far it is',
    });
  return host.controller.statusOf(key) ?? null;
}
