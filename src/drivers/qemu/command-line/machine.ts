import type { DomainDef } from '../../../model/domain.ts';
import type { Arguments } from './arguments.ts';
import { words } from './arguments.ts';
import type { CommandLineContext } from './context.ts';
import type { MachineView } from './machine-view.ts';

const kib = 1024;
const mib = 1024 * 1024;

/** Machine type with its properties, accelerator, firmware. */
export function buildMachine(
  { spec }: DomainDef,
  context: CommandLineContext,
  view: MachineView,
  args: Arguments,
): void {
  const { features = {}, os = {} } = spec;
  const timers = spec.clock?.timers ?? [];
  const hpet = timers.find(({ name }) => name === 'hpet')?.present;
  const pflash = os.loader?.type === 'pflash';
  args.add(
    '-machine',
    words(os.machine ?? 'pc', {
      usb: 'off',
      vmport: features.vmport,
      smm: features.smm?.state,
      kernel_irqchip: features.ioapic === 'qemu' ? 'split' : features.ioapic === 'kvm' ? 'on' : undefined,
      'dump-guest-core': 'off',
      pflash0: pflash ? 'pflash0-format' : undefined,
      pflash1: pflash && !os.loader?.stateless ? 'pflash1-format' : undefined,
      'memory-backend': 'pc.ram',
      hpet,
      acpi: features.acpi === true ? undefined : 'off',
    }),
  );
  args.add('-accel', spec.accel === 'kvm' ? 'kvm' : 'tcg');
  if (pflash && os.loader?.secure) args.add('-global', 'driver=cfi.pflash01,property=secure,value=on');
  if (view.isQ35 && features.smm?.tseg)
    args.add('-global', `mch.extended-tseg-mbytes=${features.smm.tseg / mib}`);
  if (pflash && os.loader?.path !== undefined) {
    flash(args, 'pflash0', os.loader.path, os.loader.readonly ?? true);
    if (!os.loader.stateless) flash(args, 'pflash1', context.nvram, false);
  } else if (os.loader?.type === 'rom' && os.loader.path !== undefined) args.add('-bios', os.loader.path);
}

function flash(args: Arguments, node: string, path: string, readonly: boolean): void {
  args.json('-blockdev', {
    driver: 'file',
    filename: path,
    'node-name': `${node}-storage`,
    'auto-read-only': true,
    discard: 'unmap',
  });
  args.json('-blockdev', {
    'node-name': `${node}-format`,
    'read-only': readonly,
    driver: 'raw',
    file: `${node}-storage`,
  });
}

/** Memory, its backend, vCPUs, iothreads. */
export function buildResources({ spec }: DomainDef, args: Arguments): void {
  const { memoryBacking: backing = {}, memory } = spec;
  args.add('-m', `size=${Math.floor(memory / kib)}k`);
  const shared = backing.access === undefined ? undefined : backing.access === 'shared';
  const prealloc = backing.hugepages !== undefined || backing.allocation === 'immediate' ? true : undefined;
  const common = { id: 'pc.ram', size: memory, ...optional({ share: shared, prealloc }) };
  if (backing.source === 'memfd' || (backing.hugepages !== undefined && backing.source !== 'file')) {
    const huge =
      backing.hugepages === undefined
        ? {}
        : { hugetlb: true, ...(backing.hugepages > 0 ? { hugetlbsize: backing.hugepages } : {}) };
    args.json('-object', { 'qom-type': 'memory-backend-memfd', ...common, ...huge });
  } else if (backing.source === 'file') {
    const discard = optional({ 'discard-data': backing.discard });
    args.json('-object', {
      'qom-type': 'memory-backend-file',
      'mem-path': '/dev/shm',
      ...common,
      ...discard,
    });
  } else args.json('-object', { 'qom-type': 'memory-backend-ram', ...common });
  if (backing.nosharepages) args.add('-machine', 'mem-merge=off');
  args.add('-overcommit', `mem-lock=${backing.locked ? 'on' : 'off'}`);

  const { maximum = 1, current = maximum } = spec.vcpus ?? { maximum: 1 };
  const topology = spec.cpu?.topology ?? { sockets: maximum, dies: 1, cores: 1, threads: 1 };
  args.add(
    '-smp',
    words(String(current), {
      maxcpus: current < maximum ? maximum : undefined,
      sockets: topology.sockets,
      dies: (topology.dies ?? 1) > 1 ? topology.dies : undefined,
      cores: topology.cores,
      threads: topology.threads,
    }),
  );
  for (let at = 1; at <= (spec.iothreads ?? 0); at++)
    args.json('-object', { 'qom-type': 'iothread', id: `iothread${at}` });
}

/** Real-time clock and timers. */
export function buildClock({ spec }: DomainDef, args: Arguments): void {
  const clock = spec.clock ?? {};
  const timer = (name: string) => clock.timers?.find((found) => found.name === name);
  const rtc = timer('rtc');
  const base = clock.offset === 'localtime' ? 'localtime' : rtcBase(clock.offset, clock.start);
  args.add(
    '-rtc',
    words(`base=${base}`, {
      clock:
        rtc?.track === 'guest'
          ? 'vm'
          : rtc?.track === 'wall'
            ? 'host'
            : rtc?.track === 'realtime'
              ? 'rt'
              : undefined,
      driftfix: rtc?.tickpolicy === 'catchup' ? 'slew' : undefined,
    }),
  );
  const pit = timer('pit')?.tickpolicy;
  if (spec.accel === 'kvm' && (pit === 'delay' || pit === 'discard'))
    args.add('-global', `kvm-pit.lost_tick_policy=${pit}`);
}

function rtcBase(offset: string | undefined, start: number | undefined): string {
  return offset === 'absolute' && start !== undefined ? isoTime(start) : 'utc';
}

/** Seconds since 1970 as `YYYY-MM-DDThh:mm:ss`, by Howard Hinnant's civil-from-days. */
function isoTime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(Math.floor(rest / 3600))}:${two(Math.floor((rest % 3600) / 60))}:${two(rest % 60)}`;
}

/** Boot menu, direct kernel, power management, what happens at reboot. */
export function buildBoot({ spec }: DomainDef, view: MachineView, args: Arguments): void {
  const { os = {}, pm = {} } = spec;
  // The guest's power-off leaves QEMU to us, so that its reason can be read.
  args.add('-no-shutdown');
  if (spec.onReboot === 'destroy') args.add('-no-reboot');
  const chipset = view.isQ35 ? 'ICH9-LPC' : 'PIIX4_PM';
  if (pm.suspendToMem !== undefined) args.add('-global', `${chipset}.disable_s3=${pm.suspendToMem ? 0 : 1}`);
  if (pm.suspendToDisk !== undefined)
    args.add('-global', `${chipset}.disable_s4=${pm.suspendToDisk ? 0 : 1}`);
  args.add(
    '-boot',
    words(os.bootMenu === undefined ? 'strict=on' : `menu=${os.bootMenu.enable ? 'on' : 'off'}`, {
      'splash-time': os.bootMenu?.enable ? os.bootMenu.timeout : undefined,
      'reboot-timeout': os.bios?.rebootTimeout,
      strict: os.bootMenu === undefined ? undefined : 'on',
    }),
  );
  if (os.kernel !== undefined) args.add('-kernel', os.kernel);
  if (os.initrd !== undefined) args.add('-initrd', os.initrd);
  if (os.cmdline !== undefined) args.add('-append', os.cmdline);
  if (os.bios?.useserial) args.json('-device', { driver: 'sga' });
}

/** SMBIOS tables from `sysinfo`. */
export function buildSmbios({ spec }: DomainDef, args: Arguments): void {
  const { sysinfo } = spec;
  if (!sysinfo || spec.os?.smbios !== 'sysinfo') return;
  const table = (
    type: number,
    entries: Readonly<Record<string, string>> | undefined,
    names: Readonly<Record<string, string>>,
  ) => {
    if (!entries || Object.keys(entries).length === 0) return;
    const values = Object.entries(names).map(([from, to]) => [to, entries[from]] as const);
    args.add('-smbios', words(`type=${type}`, Object.fromEntries(values)));
  };
  table(0, sysinfo.bios, { vendor: 'vendor', version: 'version', date: 'date', release: 'release' });
  const system = sysinfo.system && { uuid: spec.uuid ?? '', ...sysinfo.system };
  table(1, system, {
    manufacturer: 'manufacturer',
    product: 'product',
    version: 'version',
    serial: 'serial',
    uuid: 'uuid',
    sku: 'sku',
    family: 'family',
  });
  for (const board of sysinfo.baseBoards ?? []) {
    table(2, board, {
      manufacturer: 'manufacturer',
      product: 'product',
      version: 'version',
      serial: 'serial',
      asset: 'asset',
      location: 'location',
    });
  }
  table(3, sysinfo.chassis, {
    manufacturer: 'manufacturer',
    version: 'version',
    serial: 'serial',
    asset: 'asset',
    sku: 'sku',
  });
  if (sysinfo.oemStrings?.length) {
    args.add(
      '-smbios',
      ['type=11', ...sysinfo.oemStrings.map((value) => `value=${value.replaceAll(',', ',,')}`)].join(','),
    );
  }
}

function optional(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
