import type { DomainDef, DomainSpec } from '../../model/domain.ts';
import type { Graphics } from '../../model/domain-devices.ts';
import type { Claim } from '../contract.ts';

/** What no other domain may have: identity, addresses on the wire and on the host, images that it writes. */
export function domainClaims({ spec }: DomainDef): readonly Claim[] {
  const claims: Claim[] = [];
  const { devices } = spec;
  if (spec.uuid !== undefined) claims.push({ what: 'uuid', value: spec.uuid, path: 'spec.uuid' });
  for (const [at, { mac }] of (devices?.interfaces ?? []).entries()) {
    if (mac !== undefined)
      claims.push({ what: 'mac', value: mac.toLowerCase(), path: `spec.devices.interfaces[${at}].mac` });
  }
  for (const [at, disk] of (devices?.disks ?? []).entries()) {
    const value = disk.volume === undefined ? (disk.file ?? disk.block) : `volume ${disk.volume}`;
    const shared = disk.readonly === true || disk.shareable === true || disk.device === 'cdrom';
    if (value !== undefined)
      claims.push({ what: 'disk', value, path: `spec.devices.disks[${at}]`, ...(shared ? { shared } : {}) });
  }
  const taken = [...ports(spec), ...contextIds(spec)];
  // Those that a person starts may take turns.
  const shared = spec.runStrategy === 'Halted' || spec.runStrategy === 'Manual';
  return [...claims, ...taken.map((claim) => (shared ? { ...claim, shared } : claim))];
}

function contextIds({ devices }: DomainSpec): Claim[] {
  const { cid, autoCid } = devices?.vsock ?? {};
  if (cid === undefined || autoCid === true) return [];
  return [{ what: 'cid', value: String(cid), path: 'spec.devices.vsock.cid' }];
}

/** TCP ports on which its QEMU will listen, where the spec fixes them. */
function ports({ devices }: DomainSpec): Claim[] {
  const claims: Claim[] = [];
  const claim = (host: string, port: string | number, path: string) =>
    claims.push({ what: 'port', value: `${host}:${port}`, path: `spec.devices.${path}` });
  for (const [at, screen] of (devices?.graphics ?? []).entries())
    for (const field of portsOf(screen))
      claim(screen.listen ?? '127.0.0.1', screen[field] ?? 0, `graphics[${at}].${field}`);
  for (const list of ['serials', 'parallels', 'consoles', 'channels'] as const)
    for (const [at, { type, mode, host = '', service }] of (devices?.[list] ?? []).entries())
      if (type === 'tcp' && mode === 'bind' && service !== undefined)
        claim(host, service, `${list}[${at}].service`);
  return claims;
}

function portsOf(screen: Graphics): ('port' | 'tlsPort' | 'websocket')[] {
  if (screen.type !== 'vnc' && screen.type !== 'spice') return [];
  if (screen.socket !== undefined || screen.listenType === 'socket' || screen.listenType === 'none')
    return [];
  const fields = ['port', 'tlsPort', 'websocket'] as const;
  return fields.filter(
    (field) => (field === 'websocket' || screen.autoport !== true) && (screen[field] ?? 0) > 0,
  );
}
