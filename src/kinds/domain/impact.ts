import type { Impact } from '../../model/plan.ts';

/** Paths whose change does nothing to the guest. Whatever has no row here needs a restart. */
const harmless = [
  'metadata',
  'spec.runStrategy',
  'spec.autostart',
  'spec.restartPolicy',
  'spec.maintenanceWindows',
  'spec.dependsOn',
  'spec.deletionPolicy',
  'spec.terminationGracePeriod',
  'spec.title',
  'spec.description',
  'spec.metadataXml',
];

/** What changing this path does to a running guest. */
export function domainImpact(path: string): Impact {
  return harmless.some((row) => path === row || path.startsWith(`${row}.`) || path.startsWith(`${row}[`))
    ? 'none'
    : 'restart';
}
