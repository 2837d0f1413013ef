import { findDevice, withDevice, withoutDevice } from '../../../kinds/domain/impact/with-device.ts';
import type { DomainDef } from '../../../model/domain.ts';
import type { Controller, Device, MemoryDevice } from '../../../model/domain-devices.ts';
import { Failure } from '../../../model/failure.ts';
import { liveLists } from '../../../model/live-change.ts';
import type { Monitor } from '../../../qmp/monitor.ts';
import type { Session } from '../session.ts';
import { tuningAsFound } from '../tuning/tuning-as-found.ts';
import { balloonSize } from './balloon.ts';
import { diskAsFound } from './disk-as-found.ts';
import { iothreadNumbers } from './iothreads.ts';
import { type Drive, driveOf, queryDrives } from './query-drive.ts';
import { say } from './say.ts';
import { countCpus } from './vcpus.ts';

/** What QEMU says runs, in the words of a definition. */
export interface LiveFacts {
  readonly running: DomainDef;
  /** `performance.now()` of the look. */
  readonly at: number;
}

interface MemoryFact {
  readonly data: { readonly id?: string; readonly 'requested-size'?: number };
}

/** How long a look holds, unless something is heard. */
const freshness = 5_000;

/** The definition on record with QEMU's own facts put in, wherever QEMU can be asked. */
export async function observeFacts(session: Session, signal: AbortSignal): Promise<DomainDef> {
  const { facts, record } = session;
  if (facts && performance.now() - facts.at < freshness) return facts.running;
  const monitor = await session.connect(3_000, signal);
  let def = await machineAsFound(record.running, session, monitor, signal);
  def = await devicesAsFound(def, monitor, signal);
  const { pid } = record.identity;
  if (record.tuning) def = await tuningAsFound(def, record.tuning, monitor, { pid, signal });
  session.facts = { running: def, at: performance.now() };
  return def;
}

async function machineAsFound(
  def: DomainDef,
  session: Session,
  monitor: Monitor,
  signal: AbortSignal,
): Promise<DomainDef> {
  const { vcpus, iothreads, memory, currentMemory = memory, devices } = def.spec;
  let { spec } = def;
  if (vcpus && vcpus.maximum > 1) {
    const current = await asked(countCpus(monitor, signal));
    if (current !== undefined && current > 0 && current !== (vcpus.current ?? vcpus.maximum))
      spec = { ...spec, vcpus: { ...vcpus, current } };
  }
  if (iothreads !== undefined) {
    const numbers = await asked(iothreadNumbers(monitor, signal));
    if (numbers && numbers.length !== iothreads) spec = { ...spec, iothreads: numbers.length };
  }
  if (devices?.memballoon && devices.memballoon.model !== 'none') {
    const size = await asked(balloonSize(monitor, signal));
    if (size !== undefined && !isOnItsWay(size, currentMemory, session, memory))
      spec = { ...spec, currentMemory: size };
  }
  return spec === def.spec ? def : { ...def, spec };
}

/** From where it stood towards its target: the guest is slow, nobody interferes. */
function isOnItsWay(size: number, target: number, session: Session, memory: number): boolean {
  if (size === target) {
    session.balloonSeen = target;
    return true;
  }
  const from = session.balloonSeen ?? memory;
  return size >= Math.min(from, target) && size <= Math.max(from, target);
}

async function devicesAsFound(from: DomainDef, monitor: Monitor, signal: AbortSignal): Promise<DomainDef> {
  let def = from;
  const plugged = await asked(
    say<{ name: string }[]>(monitor, 'qom-list', { path: '/machine/peripheral' }, signal),
  );
  if (plugged) {
    const names = new Set(plugged.map(({ name }) => name));
    for (const list of liveLists)
      for (const device of (from.spec.devices?.[list] ?? []) as readonly Device[])
        if (canLeave(list, device) && device.alias !== undefined && !names.has(device.alias))
          def = withoutDevice(def, list, device.alias);
  }
  const { disks = [], memories = [] } = def.spec.devices ?? {};
  if (disks.length > 0) {
    const drives: readonly Drive[] = (await asked(queryDrives(monitor, signal))) ?? [];
    for (const disk of disks) {
      const found = diskAsFound(disk, driveOf(drives, disk.alias ?? ''));
      if (found !== disk) def = withDevice(def, 'disks', found);
    }
  }
  if (memories.some(({ model }) => model === 'virtio-mem'))
    for (const { data } of (await asked(
      say<MemoryFact[]>(monitor, 'query-memory-devices', undefined, signal),
    )) ?? [])
      def = memoryAsFound(def, data);
  return def;
}

/** Only what can be unplugged is missed: parts of the chipset have no name of their own, and the optional may never have come. */
function canLeave(list: string, device: Device): boolean {
  if ('startupPolicy' in device && device.startupPolicy === 'optional') return false;
  if (list === 'controllers' && (device as Controller).type !== 'scsi') return false;
  return device.address?.type === 'pci' || device.address?.type === 'usb';
}

function memoryAsFound(def: DomainDef, { id = '', 'requested-size': size }: MemoryFact['data']): DomainDef {
  const memory = findDevice(def, { list: 'memories', alias: id }) as MemoryDevice | undefined;
  if (memory === undefined || size === undefined || size === (memory.requestedSize ?? 0)) return def;
  return withDevice(def, 'memories', { ...memory, requestedSize: size } as Device);
}

/** A fact that this QEMU cannot tell is no difference. Silence is: whether it lives at all is then in doubt. */
async function asked<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure && error.code === 'qmp-error') return undefined;
    throw error;
  }
}
