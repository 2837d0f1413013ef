import { operation } from '../contract.ts';

/** How the sources of a daemon fare: commit, who signed it, what is wrong. */
export const sources = operation({
  name: 'sources',
  permission: 'read',
  input: {},
  run: async (host) => ({
    items: (host.watching ?? []).map(
      (origin) => host.sources?.().find((report) => report.origin === origin) ?? { origin, conditions: [] },
    ),
  }),
});
