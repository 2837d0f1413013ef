import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** Ends of a guest that QEMU has no way to bring about. */
export function checkLifecycle({ onPoweroff, onReboot, onCrash }: DomainSpec, report: Report): void {
  for (const [name, action] of Object.entries({ onPoweroff, onReboot, onCrash })) {
    if (action === 'rename-restart' || (action === 'preserve' && name !== 'onCrash'))
      report(
        'not-supported',
        `spec.${name}`,
        `QEMU has no action ${action} for ${name}`,
        'write destroy or restart',
      );
  }
  if (onReboot === 'destroy' && onPoweroff === 'restart')
    report(
      'conflicting-options',
      'spec.onReboot',
      'a guest cannot be destroyed by its reboot and restarted by its power-off',
      'write onPoweroff: destroy, or onReboot: restart',
    );
}
