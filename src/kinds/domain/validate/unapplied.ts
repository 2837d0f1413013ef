import type { DomainSpec } from '../../../model/domain.ts';
import { hasTap } from '../has-tap.ts';
import { unsetFences } from '../unset-fences.ts';
import type { Report } from './report.ts';

/** What is understood and kept, and what no start acts on: nobody shall believe that it holds. */
export function checkUnapplied(spec: DomainSpec, report: Report): void {
  const say = (path: string, why = 'is kept as written, and not applied to the host yet', instead?: string) =>
    report('not-supported', path, why, instead, 'warning');
  if (spec.onLockfailure !== undefined) say('spec.onLockfailure');
  if (spec.resource?.fibrechannelAppid !== undefined)
    say('spec.resource.fibrechannelAppid', 'is kept as written: no host bus adapter is told of it');
  if (spec.perf?.some(({ enabled }) => enabled))
    say(
      'spec.perf',
      'is kept as written: libvirtd counts these events for its own statistics, and the guest sees nothing of it',
      'count them with perf stat -p PID; the pid is in qonverge status -o json',
    );
  for (const field of ['addCapabilities', 'delCapabilities'] as const)
    if (spec.qemu?.[field] !== undefined)
      say(
        `spec.qemu.${field}`,
        "is kept as written: these are libvirt's own names of what QEMU can do, and QEMU itself is asked here",
        'use qemu.args or qemu.overrides to change the command line',
      );
  for (const field of ['cacheTunes', 'memoryTunes'] as const)
    if (spec.cputune?.[field] !== undefined) say(`spec.cputune.${field}`);
  spec.seclabels?.forEach(({ type, baselabel }, index) => {
    if (type === 'static' || baselabel !== undefined)
      say(`spec.seclabels[${index}]`, 'is kept as written: QEMU runs under the label that the host gives it');
  });
  spec.devices?.tpms?.forEach(({ profile }, index) => {
    if (profile !== undefined) say(`spec.devices.tpms[${index}].profile`);
  });
  spec.devices?.interfaces?.forEach((card, index) => {
    const place = `spec.devices.interfaces[${index}]`;
    for (const field of unsetFences(card))
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
