import { userInfo } from 'node:os';
import { join } from 'node:path';
import { assertSocketPath } from '../../host/paths.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Interface, PortForward, PortRange } from '../../model/domain-devices.ts';
import { passtSocket } from './devices/netdev.ts';
import type { Helper } from './helper-process.ts';

/** One passt for each card that asks for it: it ends with its guest. */
export function passtHelpers(def: DomainDef, directory: string): readonly Helper[] {
  return (def.spec.devices?.interfaces ?? [])
    .filter(({ backend }) => backend?.type === 'passt')
    .map((card) => {
      const socket = assertSocketPath(join(directory, passtSocket(card)));
      return {
        program: 'passt',
        package: 'passt',
        socket,
        args: ['--one-off', '--foreground', ...runAs(), '--socket', socket, ...passtArguments(card)],
      };
    });
}

/** As its QEMU: started by root it would become nobody, who may not enter the directory of the socket. */
function runAs(): readonly string[] {
  const { uid, gid } = userInfo();
  return uid === 0 ? ['--runas', `${uid}:${gid}`] : [];
}

export function passtArguments({ dev, ips = [], portForwards = [], backend }: Interface): readonly string[] {
  return [
    ...(backend?.logFile === undefined ? [] : ['--log-file', backend.logFile]),
    ...(backend?.hostLoopback === false ? ['--no-map-gw'] : []),
    ...(dev === undefined ? [] : ['--interface', dev]),
    ...ips.flatMap(({ address, family, prefix }) => [
      '--address',
      address,
      ...(family !== 'ipv6' && prefix !== undefined ? ['--netmask', String(prefix)] : []),
    ]),
    ...portForwards.flatMap((forward) => [`--${forward.proto}-ports`, portsOf(forward)]),
  ];
}

/** `192.0.2.1%eth0/2022:22,5000-5020:6000-6020,~5010` */
function portsOf({ address, dev, ranges = [] }: PortForward): string {
  const ports = ranges.length === 0 ? 'all' : ranges.map(portsOfRange).join(',');
  const device = dev === undefined ? '' : `%${dev}`;
  return address === undefined && dev === undefined ? ports : `${address ?? ''}${device}/${ports}`;
}

function portsOfRange({ start, end = start, to, exclude }: PortRange): string {
  const span = (from: number, last: number) => (from === last ? String(from) : `${from}-${last}`);
  if (exclude) return `~${span(start, end)}`;
  return to === undefined ? span(start, end) : `${span(start, end)}:${span(to, to + end - start)}`;
}
