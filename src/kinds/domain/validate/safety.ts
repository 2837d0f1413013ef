import type { DomainSpec, Safety } from '../../../model/domain.ts';
import { isWritten } from '../is-written.ts';
import { checkProbe } from './probe.ts';
import type { Report } from './report.ts';

/** Something tells whether it works, and what it would go back to can be kept. */
export function checkSafety({ snapshot, probe, timeout }: Safety, spec: DomainSpec, report: Report): void {
  if (probe) checkProbe(probe, 'spec.safety.probe', spec, report);
  else if (!spec.readiness)
    report(
      'missing-field',
      'spec.safety',
      'without a probe or a readiness, starting is all that it has to show',
      'add readiness, or safety: {probe: …}',
      'warning',
    );
  if (timeout === 0) report('invalid-value', 'spec.safety.timeout', 'must be at least a second', 'write 5m');
  if (!snapshot) return;
  const written = [...(spec.devices?.disks ?? []).entries()].filter(([, disk]) => isWritten(disk));
  const left = written.filter(([, { volume, format }]) => volume === undefined && format !== 'qcow2');
  if (left.length > 0 && left.length === written.length)
    return report(
      'not-supported',
      'spec.safety.snapshot',
      'none of its disks is qcow2: there is nothing that a checkpoint could keep',
      'make them qcow2, or leave snapshot out: then only the definition goes back',
    );
  for (const [index] of left)
    report(
      'not-supported',
      `spec.devices.disks[${index}]`,
      'keeps no checkpoint: what is written to it stays written',
      'make it qcow2',
      'warning',
    );
}
