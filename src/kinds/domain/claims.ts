import type { DomainDef } from '../../model/domain.ts';
import type { Claim } from '../contract.ts';

/** What no other domain may have: identity, addresses on the wire, images that it writes. */
export function domainClaims({ spec }: DomainDef): readonly Claim[] {
  const claims: Claim[] = [];
  if (spec.uuid !== undefined) claims.push({ what: 'uuid', value: spec.uuid, path: 'spec.uuid' });
  for (const [at, { mac }] of (spec.devices?.interfaces ?? []).entries()) {
    if (mac !== undefined)
      claims.push({ what: 'mac', value: mac.toLowerCase(), path: `spec.devices.interfaces[${at}].mac` });
  }
  for (const [at, disk] of (spec.devices?.disks ?? []).entries()) {
    const value = disk.volume === undefined ? (disk.file ?? disk.block) : `volume ${disk.volume}`;
    const shared = disk.readonly === true || disk.shareable === true || disk.device === 'cdrom';
    if (value !== undefined)
      claims.push({ what: 'disk', value, path: `spec.devices.disks[${at}]`, ...(shared ? { shared } : {}) });
  }
  return claims;
}
