import type { DomainDef } from '../../model/domain.ts';
import type { Disk, DomainDevices, Interface } from '../../model/domain-devices.ts';
import type { Touch } from '../../model/touch.ts';
import type { Isolated, Isolation } from '../contract.ts';
import { touchesOf } from '../touches.ts';
import { domainTouches } from './touches.ts';

/**
 * The same machine beside itself: a name, uuid and addresses of its own, no disk of the other's that is written, nothing of
 * the host but what is only read. What can't be had so is left out, and said.
 */
export function isolateDomain(def: DomainDef, isolation: Isolation): Isolated<'Domain'> {
  const { metadata, spec } = def;
  const notes: string[] = [];
  const {
    uuid: _uuid,
    genid: _genid,
    autostart: _autostart,
    maintenanceWindows: _windows,
    qemu,
    sysinfo: _sysinfo,
    readiness,
    dependsOn = [],
    devices = {},
    ...rest
  } = spec;
  if (qemu) notes.push('spec.qemu is left out: nobody knows what raw arguments reach');
  if (readiness?.tcp) notes.push('readiness by TCP is left out: that address is the original');
  const renamed = dependsOn.flatMap((one) => {
    const name = isolation.nameOf(one);
    if (name === undefined)
      notes.push(`it does not wait for ${one.kind}/${one.name}, which is not part of this`);
    return name === undefined ? [] : [{ ...one, name }];
  });
  const { nvram, ...os } = spec.os ?? {};
  const { type: _type, path: _path, network: _network, labels: _labels, ...template } = nvram ?? {};
  const alone: DomainDef = {
    kind: 'Domain',
    metadata: { ...metadata, ...isolation.metadata(metadata) },
    spec: {
      ...rest,
      runStrategy: spec.runStrategy === 'Halted' ? 'Halted' : spec.runStrategy === 'Once' ? 'Once' : 'Always',
      restartPolicy: 'Immediate',
      deletionPolicy: 'Destroy',
      ...(spec.os ? { os: { ...os, ...(nvram ? { nvram: template } : {}) } } : {}),
      ...(readiness && !readiness.tcp ? { readiness } : {}),
      ...(renamed.length > 0 ? { dependsOn: renamed } : {}),
      devices: {
        ...devices,
        ...(devices.disks ? { disks: devices.disks.map((disk) => ownDisk(disk, isolation)) } : {}),
        ...interfaces(devices, isolation),
        ...(devices.serials ? { serials: devices.serials.map(ownConsole) } : {}),
        ...(devices.consoles ? { consoles: devices.consoles.map(ownConsole) } : {}),
        ...(devices.graphics
          ? {
              graphics: devices.graphics.map(
                ({ port: _port, tlsPort: _tls, websocket: _web, ...screen }) => screen,
              ),
            }
          : {}),
        ...(devices.vsock ? { vsock: withoutCid(devices.vsock) } : {}),
      },
    },
  };
  return { def: withoutHost(alone, isolation, notes), notes };
}

function ownDisk(disk: Disk, { nameOf }: Isolation): Disk {
  const { volume, readonly: isReadonly = false, device = 'disk' } = disk;
  const name = volume === undefined ? undefined : nameOf({ kind: 'Volume', name: volume });
  if (name !== undefined) return { ...disk, volume: name, format: 'qcow2' };
  if (isReadonly || device === 'cdrom') return disk;
  return { ...disk, transient: true };
}

function interfaces(
  { interfaces = [] }: DomainDevices,
  { network }: Isolation,
): Pick<DomainDevices, 'interfaces'> {
  if (interfaces.length === 0 || network === 'none') return network === 'none' ? { interfaces: [] } : {};
  return {
    interfaces: interfaces.map((card): Interface => {
      const { name, alias, model, mtu, link, bootOrder, virtio } = card;
      if (network === 'same') {
        const { mac: _mac, target: _target, ...same } = card;
        return same;
      }
      return defined({ type: 'user' as const, name, alias, model, mtu, link, bootOrder, virtio });
    }),
  };
}

type Console = NonNullable<DomainDevices['serials']>[number];

/** What it says goes to a terminal of its own. */
function ownConsole(device: Console): Console {
  const { name, alias, type = 'pty', targetType, targetModel, port } = device;
  if (type === 'pty' || type === 'null') return device;
  return defined({ type: 'pty' as const, name, alias, targetType, targetModel, port });
}

function withoutCid(vsock: NonNullable<DomainDevices['vsock']>): NonNullable<DomainDevices['vsock']> {
  const { cid: _cid, ...rest } = vsock;
  return { ...rest, autoCid: true };
}

/** Takes out every device that reaches for more of the host than it may. */
function withoutHost(def: DomainDef, isolation: Isolation, notes: string[]): DomainDef {
  const devices = { ...def.spec.devices } as Record<string, unknown>;
  const out = new Map<string, Set<number>>();
  for (const touch of touchesOf(def, domainTouches)) {
    if (isFine(touch, def, isolation)) continue;
    const [, list = '', index] = /^spec\.devices\.([A-Za-z]+)(?:\[(\d+)\])?/.exec(touch.path) ?? [];
    if (list === '') {
      throw new NotIsolated(`${touch.path}: ${touch.value} is of the host: it can't be part of a preview`);
    }
    if (index === undefined) {
      delete devices[list];
      notes.push(`${list} is left out: it reaches ${touch.value}`);
      continue;
    }
    const gone = out.get(list) ?? new Set();
    if (!gone.has(Number(index))) notes.push(`${list}[${index}] is left out: it reaches ${touch.value}`);
    out.set(list, gone.add(Number(index)));
  }
  for (const [list, gone] of out)
    devices[list] = (devices[list] as unknown[]).filter((_, at) => !gone.has(at));
  return { ...def, spec: { ...def.spec, devices } };
}

/** What a preview would need of the host, and may not have. */
export class NotIsolated extends Error {}

const read: ReadonlySet<Touch['reach']> = new Set([
  'iso',
  'kernel',
  'firmware',
  'emulator',
  'machine',
  'volume',
  'resource',
  'secret',
]);
const networks: ReadonlySet<Touch['reach']> = new Set(['bridge', 'network', 'host-interface']);

function isFine(
  { reach, path, writes = false, value }: Touch,
  { spec }: DomainDef,
  { network }: Isolation,
): boolean {
  if (read.has(reach)) return true;
  if (networks.has(reach)) return network === 'same' && path.startsWith('spec.devices.interfaces');
  if (reach === 'char-device') return !writes && /^\/dev\/(u?random|hwrng)$/.test(value);
  if (reach === 'listen')
    return path.startsWith('spec.devices.graphics') && /^(127\.0\.0\.1|::1|localhost)\b/.test(value);
  if (reach !== 'image' && reach !== 'block-device') return false;
  const disk = spec.devices?.disks?.[Number(/^spec\.devices\.disks\[(\d+)\]/.exec(path)?.[1] ?? -1)];
  return disk ? disk.transient === true || disk.readonly === true || disk.device === 'cdrom' : !writes;
}

function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
