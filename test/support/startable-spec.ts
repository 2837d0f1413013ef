import fc from 'fast-check';
import { kinds } from '../../src/kinds/table.ts';
import { sometimes } from './arbitraries.ts';
import { arbitraryDomain } from './arbitrary-domain.ts';
import { bootSector } from './guest.ts';

export type Plain = Readonly<Record<string, unknown>>;

/** The `spec` of YAML documents that QEMU starts on any host, with room for more devices. */
export function startableSpec(root: string): fc.Arbitrary<Plain> {
  return fc
    .record({
      memory: fc.constantFrom('64MiB', '96MiB', '128MiB'),
      vcpus: fc.integer({ min: 1, max: 4 }).map((current) => ({ maximum: 4, current })),
      devices: devices(root),
      more: sometimes<Plain>({
        title: fc.constantFrom('one', 'two'),
        description: fc.constantFrom('a machine', 'the machine'),
        iothreads: fc.integer({ min: 1, max: 3 }),
        restartPolicy: fc.constantFrom('Manual', 'Never'),
        terminationGracePeriod: fc.nat(30),
        onReboot: fc.constantFrom('restart', 'destroy'),
        cpu: fc.constantFrom({ mode: 'custom', model: 'qemu64' }, { mode: 'custom', model: 'Nehalem' }),
        clock: fc.constantFrom({ offset: 'utc' }, { offset: 'localtime' }),
        currentMemory: fc.constant('64MiB'),
      }),
    })
    .map(({ more, ...spec }) => ({
      runStrategy: 'Always',
      accel: 'tcg',
      os: { machine: 'q35' },
      ...spec,
      ...more,
    }));
}

/** Where this spec may go next: some of its fields as in another one, any field at all, or any device beside its own. */
export function nextSpec(root: string): fc.Arbitrary<(spec: Plain) => Plain> {
  const among = fc.tuple(startableSpec(root), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }));
  const some = among.map(([other, picks]) => (spec: Plain) => {
    const names = Object.keys({ ...spec, ...other });
    return mixed(spec, other, new Set(picks.map((pick) => names[pick % names.length] ?? '')));
  });
  const anything = fc.tuple(arbitraryDomain(), fc.nat(1_000)).map(([def, pick]) => {
    const { devices, runStrategy: _, ...fields } = (kinds.Domain.codec.toYaml(def) as { spec: Plain }).spec;
    return { fields, devices: (devices ?? {}) as Plain, pick };
  });
  const field = anything.map(({ fields, pick }) => (spec: Plain) => {
    const names = Object.keys(fields);
    return mixed(spec, fields, new Set([names[pick % names.length] ?? '']));
  });
  const device = anything.map(({ devices, pick }) => (spec: Plain) => {
    const own = spec['devices'] as Plain;
    const names = Object.keys(devices);
    return { ...spec, devices: beside(own, devices, names[pick % names.length] ?? '') };
  });
  return fc.oneof(
    { arbitrary: some, weight: 2 },
    { arbitrary: field, weight: 1 },
    { arbitrary: device, weight: 1 },
  );
}

/** The devices of one class as well, behind those that are there. */
function beside(own: Plain, other: Plain, name: string): Plain {
  const [before, more] = [own[name], other[name]];
  return { ...own, [name]: Array.isArray(before) && Array.isArray(more) ? [...before, ...more] : more };
}

function mixed(spec: Plain, other: Plain, names: ReadonlySet<string>): Plain {
  const result: Record<string, unknown> = { ...spec };
  for (const name of names) {
    if (other[name] === undefined) delete result[name];
    else result[name] = other[name];
  }
  return result;
}

function devices(root: string): fc.Arbitrary<Plain> {
  const limits = fc.option(fc.record({ totalIopsSec: fc.integer({ min: 50, max: 60 }) }));
  const disk = (name: string) =>
    fc.tuple(fc.constantFrom('virtio', 'scsi', 'sata', 'usb'), limits).map(([bus, iotune]) => ({
      name,
      bus,
      file: `${root}/${name}.raw`,
      format: 'raw',
      ...(iotune ? { iotune } : {}),
    }));
  const medium = fc.option(fc.constantFrom('one.iso', 'two.iso'));
  const drive = fc.tuple(medium, fc.boolean()).map(([file, open]) => ({
    name: 'cd',
    device: 'cdrom',
    bus: 'sata',
    ...(file ? { file: `${root}/${file}`, format: 'raw' } : {}),
    ...(open && file === null ? { tray: 'open' } : {}),
  }));
  const boot = { name: 'boot', file: bootSector, format: 'raw', bus: 'virtio', readonly: true };
  const card = (name: string) =>
    fc.record({
      name: fc.constant(name),
      type: fc.constant('user'),
      model: fc.constantFrom('virtio', 'e1000e', 'rtl8139'),
      link: fc.constantFrom('up', 'down'),
    });
  const ports = Array.from({ length: 8 }, (_, at) => ({
    type: 'pci',
    index: at + 1,
    model: 'pcie-root-port',
  }));
  const controllers = [
    { type: 'pci', model: 'pcie-root' },
    ...ports,
    { type: 'scsi', index: 0, model: 'virtio-scsi' },
    { type: 'usb', index: 0, model: 'qemu-xhci' },
  ];
  return fc
    .tuple(
      subset(['d0', 'd1', 'd2'], disk),
      drive,
      subset(['n0', 'n1'], card),
      sometimes<Plain>({
        rngs: fc.constant([{ name: 'rng', backend: 'random', source: '/dev/urandom' }]),
        channels: subset(['c0', 'c1'], (name) =>
          fc.constant({ name, type: 'unix', targetName: `org.example.${name}` }),
        ),
        inputs: fc.constant([{ name: 'pen', type: 'tablet', bus: 'usb' }]),
        watchdogs: fc
          .constantFrom('reset', 'poweroff', 'none')
          .map((action) => [{ name: 'dog', model: 'i6300esb', action }]),
        videos: fc.constantFrom([{ model: 'vga' }], [{ model: 'virtio' }]),
      }),
    )
    .map(([disks, cd, interfaces, more]) => ({
      disks: [boot, cd, ...disks],
      interfaces,
      controllers,
      memballoon: { model: 'virtio' },
      ...more,
    }));
}

function subset<T>(names: string[], item: (name: string) => fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.subarray(names).chain((chosen) => fc.tuple(...chosen.map(item)));
}
