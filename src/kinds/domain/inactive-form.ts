import type { Cpu, DomainDef, DomainSpec, Os, SecurityLabel } from '../../model/domain.ts';
import type { DomainCapabilities } from '../../model/domain-capabilities.ts';
import type { DomainDevices, Video } from '../../model/domain-devices.ts';
import { allIothreads } from './all-iothreads.ts';
import { plainModel } from './cpu/resolve-cpu.ts';
import { defaultShmemSize } from './default-shmem-size.ts';
import { shownClock } from './shown/clock.ts';
import { shownNetwork } from './shown/network.ts';
import { shownNuma } from './shown/numa.ts';
import { shownDisks } from './shown/storage.ts';
import { shownTuning } from './shown/tuning.ts';

/**
 * A completed definition as `virsh dumpxml --inactive` would show it: aliases and firmware images that are chosen anew at
 * each start are left out, what libvirt writes always is said. `written` is what it was completed from.
 */
export function inactiveForm(
  completed: DomainDef,
  written: DomainDef,
  capabilities: DomainCapabilities,
): DomainDef {
  const spec = withoutEmpty(shownTuning(withHypervMode(withoutChosenFirmware(completed.spec, written.spec))));
  const { current, ...vcpus } = spec.vcpus ?? { maximum: 1 };
  const { iothreads: _, ...rest } = spec;
  const iothreads = allIothreads(spec).length;
  return {
    ...completed,
    spec: {
      ...rest,
      ...(iothreads === 0 ? {} : { iothreads }),
      ...(spec.clock === undefined ? {} : { clock: shownClock(spec.clock) }),
      ...(spec.os === undefined ? {} : { os: shownOs(spec.os) }),
      ...(spec.seclabels === undefined ? {} : { seclabels: spec.seclabels.map(shownLabel) }),
      emulator: spec.emulator ?? capabilities.emulator,
      cpu: shownCpu(spec),
      vcpus: current === undefined || current === vcpus.maximum ? vcpus : { ...vcpus, current },
      ...(spec.devices === undefined
        ? {}
        : {
            devices: withoutAliases(
              withShownDevices(withoutChosenSockets(withoutSeats(spec.devices, written.spec.devices))),
            ),
          }),
    },
  };
}

/** Elements that say nothing are not written. */
function withoutEmpty(spec: DomainSpec): DomainSpec {
  const mayBeEmpty = new Set([
    'cputune',
    'blkiotune',
    'memtune',
    'numatune',
    'memoryBacking',
    'pm',
    'defaultIothread',
  ]);
  const isSaid = ([name, value]: [string, unknown]): boolean =>
    !mayBeEmpty.has(name) || Object.keys(value ?? {}).length > 0;
  return Object.fromEntries(Object.entries(spec).filter(isSaid)) as DomainSpec;
}

/** libvirt lists the features of a firmware in an order of its own. */
function shownOs(os: Os): Os {
  const { firmwareFeatures, loader, nvram } = os;
  return {
    ...os,
    ...(firmwareFeatures === undefined
      ? {}
      : { firmwareFeatures: firmwareFeatures.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }),
    ...(loader?.path === undefined ? {} : { loader: { type: 'rom', ...loader } }),
    ...(nvram?.network === undefined ? {} : { nvram: { ...nvram, network: shownNetwork(nvram.network) } }),
  };
}

/** Whether files get the label is always said. */
function shownLabel(label: SecurityLabel): SecurityLabel {
  const { type = 'dynamic', model } = label;
  if (type === 'none') return { ...label, model: model ?? 'none' };
  if (model === undefined) return label;
  return { ...label, relabel: label.relabel ?? type === 'dynamic' };
}

function withShownDevices(devices: DomainDevices): DomainDevices {
  const { disks, shmems, videos, vsock } = devices;
  const isPrimary = ({ primary }: Video): boolean => primary === true;
  return {
    ...devices,
    ...(disks === undefined ? {} : { disks: shownDisks(disks) }),
    ...(shmems === undefined
      ? {}
      : {
          shmems: shmems.map((one) =>
            one.server === undefined ? { ...one, size: one.size || defaultShmemSize } : one,
          ),
        }),
    // The primary card stands first.
    ...(videos === undefined
      ? {}
      : { videos: videos.toSorted((a, b) => Number(isPrimary(b)) - Number(isPrimary(a))) }),
    ...(vsock?.cid === undefined ? {} : { vsock: { ...vsock, autoCid: vsock.autoCid ?? false } }),
  };
}

/** A CPU always has a mode, a check and, if it is a custom one, a model. */
function shownCpu({ cpu, accel, emulator, os }: DomainSpec): Cpu {
  const mode = cpu?.mode ?? 'custom';
  const topology = cpu?.topology && { ...cpu.topology, dies: cpu.topology.dies ?? 1 };
  const numa = cpu?.numa && shownNuma(cpu.numa);
  const given = {
    ...cpu,
    ...(topology === undefined ? {} : { topology }),
    ...(numa === undefined ? {} : { numa }),
    mode,
  };
  if (mode !== 'custom')
    return {
      ...withoutChoice(given),
      check: cpu?.check ?? (mode === 'host-model' ? 'partial' : 'none'),
      ...(mode === 'host-passthrough' ? { migratable: cpu?.migratable ?? true } : {}),
    };
  const match = cpu?.match ?? 'exact';
  const model = plainModel(emulator, os);
  if (cpu?.model === undefined) return { ...given, match, check: 'none', model, fallback: 'forbid' };
  const check = cpu.check ?? (accel === 'kvm' ? 'partial' : 'none');
  return { ...given, match, check, fallback: cpu.fallback ?? 'allow' };
}

/** Only a custom CPU is matched with anything, and only beside a model it matters what stands in for it. */
function withoutChoice(cpu: Cpu): Cpu {
  const { match: _, ...rest } = cpu;
  if (rest.mode === 'host-model' && rest.model !== undefined) return rest;
  const { model: __, fallback: ___, ...bare } = rest;
  return bare;
}

/** libvirt says of its help for Windows that it is a choice. */
function withHypervMode(spec: DomainSpec): DomainSpec {
  if (spec.features?.hyperv === undefined) return spec;
  return { ...spec, features: { ...spec.features, hyperv: { mode: 'custom', ...spec.features.hyperv } } };
}

/** Of a socket of a channel that is chosen at the start, nothing is said. */
function withoutChosenSockets({ channels, ...devices }: DomainDevices): DomainDevices {
  if (channels === undefined) return devices;
  const shown = channels.map((channel) => {
    if (channel.type !== 'unix' || channel.path !== undefined) return channel;
    const { mode: _, ...rest } = channel;
    return rest;
  });
  return { ...devices, channels: shown };
}

/** Virtio consoles get their ports at each start, unless they were written. */
function withoutSeats(devices: DomainDevices, written: DomainDevices | undefined): DomainDevices {
  if (devices.consoles === undefined) return devices;
  const consoles = devices.consoles.map((device, at) => {
    if (device.targetType !== 'virtio' || written?.consoles?.[at]?.address !== undefined) return device;
    const { address: _, ...rest } = device;
    return rest;
  });
  return { ...devices, consoles };
}

/** libvirt looks for the image that `firmware` asks for at each start. */
function withoutChosenFirmware(spec: DomainSpec, written: DomainSpec): DomainSpec {
  if (written.os?.firmware === undefined) return withoutChosenTemplate(spec, written);
  if (written.os.loader?.path !== undefined)
    return written.os.loader.format === undefined ? withoutWish(spec) : spec;
  const { loader: _, nvram: __, ...os } = spec.os ?? {};
  const { smm: ___, ...features } = spec.features ?? {};
  const { loader, nvram } = written.os;
  const smm = written.features?.smm;
  return {
    ...spec,
    os: { ...os, ...(loader === undefined ? {} : { loader }), ...(nvram === undefined ? {} : { nvram }) },
    features: { ...features, ...(smm === undefined ? {} : { smm }) },
  };
}

/** What the variables of a named image are made from is looked up at each start, unless it was written. */
function withoutChosenTemplate(spec: DomainSpec, written: DomainSpec): DomainSpec {
  if (spec.os?.nvram === undefined || written.os?.nvram?.template !== undefined) return spec;
  const { template: _, ...nvram } = spec.os.nvram;
  const { nvram: __, ...os } = spec.os;
  return { ...spec, os: Object.keys(nvram).length === 0 ? os : { ...os, nvram } };
}

/** Beside an image that is named, libvirt takes no wish for one. */
function withoutWish(spec: DomainSpec): DomainSpec {
  const { firmware: _, firmwareFeatures: __, ...os } = spec.os ?? {};
  return { ...spec, os };
}

/** An alias stands only beside devices, which are objects in lists or alone. */
function withoutAliases<T extends object>(devices: T): T {
  const bare = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== 'object' || value === null) return value;
    const { alias: _, ...rest } = value as { alias?: string };
    return rest;
  };
  return Object.fromEntries(Object.entries(devices).map(([name, value]) => [name, bare(value)])) as T;
}
