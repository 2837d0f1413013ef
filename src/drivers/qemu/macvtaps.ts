import { type Descriptor, open } from '../../host/descriptors.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Interface } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';
import { networkLink } from './network-link.ts';
import { tapName } from './taps.ts';

/** The first descriptor behind the monitors and a saved state. */
const first = 6;

function macvtaps(def: DomainDef): readonly Interface[] {
  return (def.spec.devices?.interfaces ?? []).filter(({ type }) => type === 'direct');
}

/** As which numbers QEMU inherits the queues of each macvtap, by alias. */
export function macvtapFds(def: DomainDef): ReadonlyMap<string, readonly number[]> {
  let next = first;
  return new Map(
    macvtaps(def).map(({ alias = '', queues = 1 }) => {
      const numbers = Array.from({ length: queues }, (_, at) => next + at);
      next += queues;
      return [alias, numbers];
    }),
  );
}

/** A macvtap has a device node of its own, opened once for each queue. In the order of `macvtapFds`. */
export async function openMacvtaps(def: DomainDef): Promise<readonly Descriptor[]> {
  const opened: Descriptor[] = [];
  try {
    for (const { alias = '', target, queues = 1 } of macvtaps(def)) {
      const name = target ?? tapName(def.spec.uuid ?? '', alias);
      const index = (await networkLink(name))?.ifindex;
      for (let queue = 0; queue < queues; queue += 1) opened.push(await open(`/dev/tap${index}`));
    }
    return opened;
  } catch (cause) {
    await Promise.all(opened.map((one) => one.close()));
    throw new Failure('network-failed', `cannot open a macvtap: ${(cause as Error).message}`, {
      cause,
      retry: { after: 10_000 },
    });
  }
}
