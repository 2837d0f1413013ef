import type { LaunchSecurity } from '../../../model/domain.ts';
import type { Arguments } from './arguments.ts';

/** QEMU's id of the object that encrypts guest memory. */
export const launchSecurityId = 'lsec0';

/** Files in the run directory that hold what the guest's owner gave. */
export const launchSecurityFiles = { dhCert: 'dh_cert.base64', session: 'session.base64' } as const;

/** AMD SEV: the memory of the guest is encrypted with a key that the host does not have. */
export function buildLaunchSecurity(
  sev: LaunchSecurity | undefined,
  directory: string,
  args: Arguments,
): void {
  if (sev === undefined) return;
  const file = (name: keyof typeof launchSecurityFiles) =>
    sev[name] === undefined ? undefined : `${directory}/${launchSecurityFiles[name]}`;
  args.json('-object', {
    'qom-type': 'sev-guest',
    id: launchSecurityId,
    cbitpos: sev.cbitpos,
    'reduced-phys-bits': sev.reducedPhysBits,
    policy: sev.policy,
    'dh-cert-file': file('dhCert'),
    'session-file': file('session'),
    'kernel-hashes': sev.kernelHashes,
  });
}
