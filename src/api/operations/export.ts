import type { Driver } from '../../drivers/contract.ts';
import { withoutSecrets } from '../../kinds/secrets.ts';
import { type Def, type Kind, keyText } from '../../model/resource.ts';
import { operation } from '../contract.ts';

/** All that planning needs to know of this host, for planning elsewhere. Without secrets. */
export const export_ = operation({
  name: 'export',
  permission: 'read',
  input: {},
  run: async (host, _input, _emit, signal) => {
    const driverOf = (kind: Kind) => host.drivers[kind] as unknown as Driver<Kind>;
    const items = await Promise.all(
      [...host.store.all()].map(async ({ key, def, origin, protected: kept, suspended }) => ({
        key: keyText(key),
        def,
        origin: origin.source,
        ...(kept ? { protected: true } : {}),
        ...(suspended ? { suspended: `suspended by ${suspended.by}` } : {}),
        live: await driverOf(key.kind).observe(key, signal),
      })),
    );
    const capabilities: Partial<Record<Kind, unknown>> = {};
    for (const kind of Object.keys(host.kinds) as Kind[]) {
      const any = { kind, metadata: { name: 'any' }, spec: {} } as unknown as Def;
      capabilities[kind] = await driverOf(kind).capabilities(any);
    }
    return withoutSecrets({
      qonvergeExport: 1,
      takenAt: host.clock.now().toISOString(),
      capabilities,
      items,
    });
  },
});
