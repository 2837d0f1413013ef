import { baselineCapabilities } from '../../kinds/domain/baseline-capabilities.ts';
import { completeDomain } from '../../kinds/domain/complete.ts';
import { canonicalJson } from '../../manifest/canonical.ts';
import type { DomainDef, DomainSpec } from '../../model/domain.ts';
import type { Controller, DomainDevices } from '../../model/domain-devices.ts';

type Shortening = (spec: DomainSpec) => DomainSpec | undefined;

/** What libvirt writes always and says nothing: left out where the machine stays exactly the same without it. */
export function brief(def: DomainDef): DomainDef {
  let shortest = def;
  const meaning = meaningOf(def);
  for (const shorten of shortenings) {
    const spec = shorten(shortest.spec);
    if (spec === undefined) continue;
    const candidate = { ...shortest, spec };
    if (meaningOf(candidate) === meaning) shortest = candidate;
  }
  return shortest;
}

function meaningOf(def: DomainDef): string {
  const { spec } = completeDomain(def, undefined, baselineCapabilities);
  const { controllers = [] } = spec.devices ?? {};
  // Where the root of the PCI tree stands among the controllers means nothing.
  const ordered = [...controllers.filter(isRoot), ...controllers.filter((one) => !isRoot(one))];
  return canonicalJson({
    ...spec,
    devices: { ...spec.devices, controllers: ordered },
    emulator: spec.emulator ?? baselineCapabilities.emulator,
  });
}

function isRoot({ model }: Controller): boolean {
  return model === 'pcie-root' || model === 'pci-root';
}

const shortenings: readonly Shortening[] = [
  ...(['emulator', 'currentMemory', 'clock', 'onPoweroff', 'onReboot', 'onCrash'] as const).map(
    (name): Shortening =>
      ({ [name]: given, ...rest }) =>
        given === undefined ? undefined : rest,
  ),
  ({ vcpus, ...rest }) => {
    if (vcpus === undefined) return undefined;
    const { placement: _, ...others } = vcpus;
    return { ...rest, vcpus: others };
  },
  ({ os, ...rest }) => {
    if (os === undefined) return undefined;
    const { arch: _, ...others } = os;
    return { ...rest, os: others };
  },
  // What a machine has by itself. Nothing with an address: addresses are kept as they were assigned.
  without('inputs', ({ bus }) => bus === 'ps2'),
  without('consoles', ({ targetType }) => targetType === 'serial'),
  without('controllers', isRoot),
  without('audios', ({ type }) => type === 'none'),
  // What follows from the place of a bridge, and from what a device is.
  ...(['chassis', 'port', 'pciModelName'] as const).map((field) => withoutField('controllers', field)),
  ...(['targetModel', 'targetType', 'port'] as const).map((field) => withoutField('serials', field)),
  ...(['heads', 'primary'] as const).map((field) => withoutField('videos', field)),
  ({ devices, ...rest }) =>
    devices?.disks === undefined
      ? undefined
      : { ...rest, devices: { ...devices, disks: devices.disks.map(withoutDevice) } },
];

function without<K extends 'inputs' | 'consoles' | 'controllers' | 'audios'>(
  list: K,
  isPlain: (device: NonNullable<DomainDevices[K]>[number]) => boolean,
): Shortening {
  return ({ devices, ...rest }) => {
    const all = devices?.[list] as readonly NonNullable<DomainDevices[K]>[number][] | undefined;
    const kept = all?.filter((device) => !isPlain(device));
    if (devices === undefined || kept?.length === all?.length) return undefined;
    const { [list]: _, ...others } = devices;
    return { ...rest, devices: kept?.length === 0 ? others : { ...others, [list]: kept } };
  };
}

/** From all of them, where it tells none apart. */
function withoutField<K extends 'controllers' | 'serials' | 'videos'>(
  list: K,
  field: keyof NonNullable<DomainDevices[K]>[number],
): Shortening {
  return ({ devices, ...rest }) => {
    const all = devices?.[list] as readonly NonNullable<DomainDevices[K]>[number][] | undefined;
    if (devices === undefined || all?.some((device) => device[field] !== undefined) !== true)
      return undefined;
    const shorter = all.map(({ [field]: _, ...others }) => others);
    return { ...rest, devices: { ...devices, [list]: shorter } };
  };
}

function withoutDevice<T extends { readonly device?: string }>(disk: T): T {
  if (disk.device !== 'disk') return disk;
  const { device: _, ...rest } = disk;
  return rest as T;
}
