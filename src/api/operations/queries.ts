import { Failure } from '../../model/failure.ts';
import { operation } from '../contract.ts';
import { count, flag, text } from '../input.ts';
import { domainNamed } from '../resource-named.ts';

/** Streams `{event}`; with `follow` until the client goes. */
export const events = operation({
  name: 'events',
  permission: 'read',
  input: { follow: flag(), limit: count(100) },
  async run(host, { follow, limit }, emit, signal) {
    for (const event of host.events.recent(limit)) emit({ event });
    if (!follow || signal.aborted) return null;
    await new Promise<void>((done) => {
      const unfollow = host.events.follow((event) => emit({ event }));
      signal.addEventListener('abort', () => {
        unfollow();
        done();
      });
    });
    return null;
  },
});

/** The path of a serial console: whoever may open it may also write to the guest. */
export const console_ = operation({
  name: 'console',
  permission: 'write',
  input: { name: text() },
  async run(host, input) {
    const path = await host.drivers.Domain.queries?.console(domainNamed(host, input.name).name);
    if (path !== undefined) return { path };
    throw new Failure('not-supported', 'this driver has no consoles', { retry: 'never' });
  },
});

export const logs = operation({
  name: 'logs',
  permission: 'read',
  input: { name: text() },
  run: async (host, input) => ({
    files: host.drivers.Domain.queries?.logs(domainNamed(host, input.name).name) ?? [],
  }),
});
