import type { DomainSpec } from '../../../model/domain.ts';
import { hasTap } from '../has-tap.ts';
import type { Report } from './report.ts';

/** What is understood and kept, and what no start acts on yet: nobody shall believe that it holds. */
export function checkUnapplied(spec: DomainSpec, report: Report): void {
  const { resource, perf, onLockfailure } = spec;
  const kept: Readonly<Record<string, unknown>> = {
    resource,
    perf,
    onLockfailure,
  };
  const say = (path: string) =>
    report(
      'not-supported',
      path,
      'is kept as written, and not applied to the host yet',
      undefined,
      'warning',
    );
  for (const [field, value] of Object.entries(kept)) if (value !== undefined) say(`spec.${field}`);
  for (const field of ['cacheTunes', 'memoryTunes'] as const)
    if (spec.cputune?.[field] !== undefined) say(`spec.cputune.${field}`);
  if (spec.os?.smbios === 'host') say('spec.os.smbios');
  spec.devices?.tpms?.forEach(({ profile }, index) => {
    if (profile !== undefined) say(`spec.devices.tpms[${index}].profile`);
  });
  spec.devices?.interfaces?.forEach((card, index) => {
    const place = `spec.devices.interfaces[${index}]`;
    for (const field of ['filter', 'vlan', 'virtualport'] as const)
      if (card[field] !== undefined)
        report(
          'not-supported',
          `${place}.${field}`,
          'is not set up here: no machine is started without what keeps it apart',
          "put it on the host's side (nftables, a bridge of the VLAN) and leave it out",
          'warning',
        );
    if (card.bandwidth !== undefined && !hasTap(card)) say(`${place}.bandwidth`);
    for (const field of ['tap', 'vhost'] as const)
      if (card.backend?.[field] !== undefined) say(`${place}.backend.${field}`);
  });
}
