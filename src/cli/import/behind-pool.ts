import type { Position } from '../../model/diagnostic.ts';
import { attributeOf, childOf, elementAt, movedTo, textOf, withValues } from '../../xml/element.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** A disk without its libvirt pool. */
export interface BehindPool {
  readonly disk: XmlElement;
  /** What must be there before a machine starts: `volume group vg0`; undefined: the file alone. */
  readonly host?: string;
}

/** Where a pool of each type has its volumes, when it is not asked: below its target. */
const places: Readonly<Record<string, 'file' | 'dev'>> = {
  dir: 'file',
  fs: 'file',
  netfs: 'file',
  vstorage: 'file',
  logical: 'dev',
  disk: 'dev',
  zfs: 'dev',
};

/** The disk as libvirt would open it. `path`: as a running libvirt says it. */
export function behindPool(
  disk: XmlElement,
  pool: XmlElement,
  path: string | undefined,
): BehindPool | undefined {
  const source = childOf(disk, 'source');
  const type = attributeOf(pool, 'type') ?? '';
  const volume = attributeOf(source, 'volume') ?? '';
  if (type === 'iscsi-direct' || (type === 'iscsi' && attributeOf(source, 'mode') === 'direct'))
    return onTarget(disk, pool, volume);
  const directory = textOf(childOf(childOf(pool, 'target'), 'path'));
  const place = places[type];
  const found = path ?? (place === undefined || directory === '' ? undefined : `${directory}/${volume}`);
  if (found === undefined) return undefined;
  const attribute = place ?? 'dev';
  const host = provided(type, pool, directory);
  return {
    disk: onSource(disk, attribute === 'dev' ? 'block' : 'file', { [attribute]: found }),
    ...(host === undefined ? {} : { host }),
  };
}

function onSource(disk: XmlElement, type: string, values: Readonly<Record<string, string>>): XmlElement {
  const without = { pool: undefined, volume: undefined, mode: undefined };
  return withValues(
    {
      ...disk,
      children: disk.children.map((child) =>
        child.type === 'element' && child.name === 'source'
          ? withValues(child, { ...without, ...values })
          : child,
      ),
    },
    { type },
  );
}

/** QEMU logs in by itself: the unit is the last number of the volume's name, `unit:0:0:1`. */
function onTarget(disk: XmlElement, pool: XmlElement, volume: string): BehindPool | undefined {
  const from = childOf(pool, 'source');
  const lun = /^unit:\d+:\d+:(\d+)$/.exec(volume)?.[1];
  const target = attributeOf(childOf(from, 'device'), 'path');
  const host = childOf(from, 'host');
  if (lun === undefined || target === undefined || host === undefined) return undefined;
  const direct = onSource(disk, 'network', { protocol: 'iscsi', name: `${target}/${lun}` });
  const auth = childOf(from, 'auth');
  const initiator = childOf(from, 'initiator');
  const more = [
    elementAt(disk.position, 'host', { name: attributeOf(host, 'name'), port: attributeOf(host, 'port') }),
    ...(auth === undefined ? [] : [login(auth, disk.position)]),
    ...(initiator === undefined ? [] : [movedTo(disk.position, initiator)]),
  ];
  const children = direct.children.map((child) =>
    child.type === 'element' && child.name === 'source'
      ? { ...child, children: [...child.children, ...more] }
      : child,
  );
  return { disk: { ...direct, children }, host: `iSCSI target ${target} on ${attributeOf(host, 'name')}` };
}

/** A pool says what the login is for on `<auth>`, a disk on `<secret>`. */
function login(auth: XmlElement, position: Position): XmlElement {
  const secret = childOf(auth, 'secret');
  const values = { uuid: attributeOf(secret, 'uuid'), usage: attributeOf(secret, 'usage') };
  return elementAt(position, 'auth', { username: attributeOf(auth, 'username') }, [
    elementAt(position, 'secret', { type: 'iscsi', ...values }),
  ]);
}

/** What libvirt does when it starts the pool. */
function provided(type: string, pool: XmlElement, directory: string): string | undefined {
  const from = childOf(pool, 'source');
  const name = textOf(childOf(from, 'name'));
  switch (type) {
    case 'fs':
    case 'netfs':
    case 'vstorage':
      return `mount ${directory}`;
    case 'logical':
      return `volume group ${name || directory}`;
    case 'zfs':
      return `ZFS pool ${name}`;
    case 'iscsi':
      return `iSCSI session ${attributeOf(childOf(from, 'device'), 'path') ?? ''}`.trim();
    default:
      return undefined;
  }
}
