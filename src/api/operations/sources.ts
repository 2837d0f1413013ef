import { operation } from '../contract.ts';

/** How the sources of a daemon fare: what they declare, commit, who signed it, what is wrong. */
export const sources = operation({
  name: 'sources',
  permission: 'read',
  input: {},
  run: async (host) => {
    const loaded = host.controller.sources();
    const reports = host.sources?.() ?? [];
    return {
      items: (host.watching ?? []).map((origin) => ({
        origin,
        conditions: [],
        ...loaded.find((source) => source.origin === origin),
        ...reports.find((source) => source.origin === origin),
      })),
    };
  },
});
