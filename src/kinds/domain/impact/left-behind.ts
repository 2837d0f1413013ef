import type { DomainDef } from '../../../model/domain.ts';
import type { Device } from '../../../model/domain-devices.ts';
import type { LiveDomain } from '../../../model/domain-live.ts';
import { type LiveDevice, liveLists } from '../../../model/live-change.ts';
import { findDevice } from './with-device.ts';

/** Devices that nobody wants and that are gone, though not by us: their guest let go of them late, and their backends stayed. */
export function leftBehind(live: LiveDomain | undefined, desired: DomainDef): readonly LiveDevice[] {
  const { applied, running } = live ?? {};
  if (!applied || !running) return [];
  return liveLists.flatMap((list) =>
    ((applied.spec.devices?.[list] ?? []) as readonly Device[]).flatMap(({ alias }) => {
      if (alias === undefined) return [];
      const device = { list, alias };
      return findDevice(running, device) || findDevice(desired, device) ? [] : [device];
    }),
  );
}
