import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

export function checkInterfaces(spec: DomainSpec, report: Report): void {
  spec.devices?.interfaces?.forEach((one, index) => {
    const path = `spec.devices.interfaces[${index}]`;
    const bad = (field: string, message: string, suggestion?: string): void =>
      report('invalid-value', `${path}.${field}`, message, suggestion);
    if (one.type === 'bridge' && one.bridge === undefined)
      report(
        'missing-field',
        `${path}.bridge`,
        'an interface of type bridge needs the name of a bridge',
        'add bridge: br0',
      );
    if (one.bridge !== undefined && one.type !== undefined && one.type !== 'bridge')
      report(
        'conflicting-options',
        `${path}.bridge`,
        `an interface of type ${one.type} has no bridge`,
        'use type bridge',
      );
    if (one.mac !== undefined) checkMac(one.mac, `${path}.mac`, report);
    if (one.target !== undefined && (one.target.length > 15 || /[\s/]/.test(one.target)))
      bad('target', `"${one.target}" is no name of a network device`, 'use at most 15 characters, no spaces');
    if (one.mtu !== undefined && (one.mtu < 68 || one.mtu > 65_535))
      bad('mtu', `the MTU must be 68 to 65535, not ${one.mtu}`);
    for (const field of ['rxQueueSize', 'txQueueSize'] as const) {
      const size = one[field];
      if (size !== undefined && (size < 1 || (size & (size - 1)) !== 0))
        bad(field, `${field} must be a power of two, not ${size}`);
    }
    if (one.managed === false && one.type !== 'ethernet')
      report(
        'conflicting-options',
        `${path}.managed`,
        'only an interface of type ethernet can take an existing tap device',
      );
    if (one.virtio !== undefined && one.model?.startsWith('virtio') !== true)
      report(
        'conflicting-options',
        `${path}.virtio`,
        'virtio options are for model virtio',
        'set model: virtio',
      );
  });
}

function checkMac(mac: string, path: string, report: Report): void {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) {
    report('invalid-value', path, `"${mac}" is no MAC address`, 'write it as 52:54:00:12:34:56');
    return;
  }
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
    report(
      'invalid-value',
      path,
      `${mac} is a multicast address; an interface needs a unicast one`,
      'begin with 52:54:00',
    );
  if (mac === '00:00:00:00:00:00')
    report('invalid-value', path, 'the MAC address is all zero', 'leave mac out: one is made');
}
