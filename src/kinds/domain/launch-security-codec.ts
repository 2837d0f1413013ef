import type { LaunchSecurity } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { hex, integer } from '../shape/integer.ts';
import { yesNo } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';

const blob = { maxLength: 65_536, multiline: true };

/** `<launchSecurity type='sev'>`. */
export const launchSecurityCodec = elementCodec<LaunchSecurity>(
  'launchSecurity',
  {
    type: required(choice('@type', ['sev'], 'AMD SEV.', { later: ['s390-pv', 'sev-snp=9.1', 'tdx=10.1'] })),
    kernelHashes: yesNo('@kernelHashes', 'Hashes of kernel, initrd and command line are measured.'),
    cbitpos: integer('cbitpos', 'Place of the encryption bit. Default: that of the host.', { maximum: 255 }),
    reducedPhysBits: integer('reducedPhysBits', 'Address bits that are lost. Default: those of the host.', {
      maximum: 255,
    }),
    policy: required(hex('policy', "Policy of the guest's owner.", 4, 0xffff_ffff)),
    dhCert: text('dhCert', "Diffie-Hellman key of the guest's owner, base64.", blob),
    session: text('session', "Session of the guest's owner, base64.", blob),
  },
  // libvirt takes it, and has no use for it.
  { reads: (cursor) => cursor.descend([{ name: 'handle', local: 'handle', namespace: '' }])?.ignore() },
);
