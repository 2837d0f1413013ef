import type { Interface, NetworkAddress, NetworkRoute } from '../../../model/domain-devices.ts';
import { addressBytes, isNetworkAddress, prefixOfMask } from '../ip-address.ts';
import type { Report } from './report.ts';

/** Addresses of a card: the guest's, which QEMU gives in user mode alone, and the host's, of a wire to it. */
export function checkInterfaceAddresses(card: Interface, path: string, report: Report): void {
  const { ips = [], routes = [], hostIps = [], hostRoutes = [], type = 'user' } = card;
  const refuse = (field: string, message: string, suggestion?: string) =>
    report('conflicting-options', `${path}.${field}`, message, suggestion);
  if (routes.length > 0) refuse('routes', 'QEMU cannot give routes to a guest', 'remove them');
  if (ips.length > 0 && type !== 'user')
    refuse('ips', `an interface of type ${type} gives the guest no address`, 'only type user does');
  if ((hostIps.length > 0 || hostRoutes.length > 0) && type !== 'ethernet')
    refuse(
      hostIps.length > 0 ? 'hostIps' : 'hostRoutes',
      `the host's side of an interface of type ${type} gets no address of its own`,
      'only type ethernet does',
    );
  for (const [list, addresses] of Object.entries({ ips, hostIps }))
    addresses.forEach((address, at) => {
      checkAddress(address, `${path}.${list}[${at}]`, report);
    });
  for (const [list, all] of Object.entries({ routes, hostRoutes }))
    all.forEach((route, at) => {
      checkRoute(route, `${path}.${list}[${at}]`, report);
    });
  if (type === 'user') checkUserNetwork(ips, path, report);
}

function checkUserNetwork(ips: readonly NetworkAddress[], path: string, report: Report): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const [, second] = ips.filter((ip) => (ip.family ?? 'ipv4') === family);
    if (second !== undefined)
      report(
        'conflicting-options',
        `${path}.ips[${ips.indexOf(second)}]`,
        `user mode has one ${family} network`,
        'keep one of them',
      );
  }
  ips.forEach(({ family = 'ipv4', prefix, peer }, at) => {
    if (peer !== undefined)
      report('conflicting-options', `${path}.ips[${at}].peer`, 'the guest has no peer in user mode');
    const [least, most] = family === 'ipv4' ? [4, 27] : [64, 64];
    if (prefix !== undefined && (prefix < least || prefix > most))
      report(
        'invalid-value',
        `${path}.ips[${at}].prefix`,
        `the ${family} network of user mode has a prefix of ${least === most ? least : `${least} to ${most}`}, not ${prefix}`,
      );
  });
}

function checkAddress({ address, family, prefix, peer }: NetworkAddress, path: string, report: Report): void {
  const length = family === 'ipv6' ? 16 : 4;
  for (const [field, text] of Object.entries({ address, peer }))
    if (text !== undefined && addressBytes(text)?.length !== length)
      report('invalid-value', `${path}.${field}`, `"${text}" is no ${family ?? 'ipv4'} address`);
  if (prefix !== undefined && prefix > 8 * length)
    report('invalid-value', `${path}.prefix`, `the prefix is at most ${8 * length}, not ${prefix}`);
}

function checkRoute(route: NetworkRoute, path: string, report: Report): void {
  const { family = 'ipv4', address, netmask, gateway } = route;
  const length = family === 'ipv6' ? 16 : 4;
  const bad = (field: string, message: string) => report('invalid-value', `${path}.${field}`, message);
  const network = addressBytes(address);
  if (network?.length !== length) return bad('address', `"${address}" is no ${family} address`);
  if (addressBytes(gateway)?.length !== length) bad('gateway', `"${gateway}" is no ${family} address`);
  if (netmask !== undefined && route.prefix !== undefined)
    report('conflicting-options', `${path}.netmask`, 'a route has a netmask or a prefix, not both');
  const mask = netmask === undefined ? undefined : addressBytes(netmask);
  const prefix = mask === undefined ? route.prefix : prefixOfMask(mask);
  if (netmask !== undefined && (family === 'ipv6' || mask?.length !== 4 || prefix === undefined))
    return bad('netmask', `"${netmask}" is no ${family} mask`);
  if (prefix === undefined) return;
  if (prefix > 8 * length) bad('prefix', `the prefix is at most ${8 * length}, not ${prefix}`);
  else if (!isNetworkAddress(network, prefix))
    bad('address', `${address}/${prefix} is no network: bits behind the prefix are set`);
}
