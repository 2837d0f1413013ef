import { baselineCapabilities } from '../../kinds/domain/baseline-capabilities.ts';
import type { CommandLineContext } from './command-line/context.ts';

const defaultHugepage = 2 * 1024 * 1024;

/** A context that touches nothing but the clock: for looking at what a definition means. */
export function renderContext(name: string): CommandLineContext {
  const directory = `/run/qonverge/${name.replace(/[^A-Za-z0-9._-]/g, '_')}`;
  return {
    directory,
    cpus: baselineCapabilities.cpus,
    nvram: `/var/lib/qonverge/nvram/${name}.fd`,
    volume: (volume) => ({ path: `/var/lib/qonverge/volumes/${volume}`, format: 'raw', block: false }),
    secretFile: ({ uuid, usage = '' }) => `/var/lib/qonverge/secrets/${uuid ?? usage}`,
    transientImage: () => undefined,
    tap: (alias) => `qv-${alias}`,
    tapFds: () => [],
    scsiGeneric: () => '/dev/sg0',
    vhostNet: true,
    displayPort: (index) => 5900 + index,
    explicitChains: false,
    now: currentTime(),
    hugepages: (size) => (size === defaultHugepage ? '/dev/hugepages' : `/dev/hugepages${size / 1024 ** 2}M`),
    defaultHugepage,
    vsockCid: 3,
  };
}

/** Local time of this process counts, as it does for QEMU. */
export function currentTime(now = new Date()): CommandLineContext['now'] {
  return { utc: Math.floor(now.getTime() / 1000), offset: -60 * now.getTimezoneOffset() };
}
