import fc from 'fast-check';
import type { CpuFeature, Dependency, DomainDef, DomainSpec, Safety, Timer } from '../../src/model/domain.ts';
import type { GuestCommand, Probe } from '../../src/model/probe.ts';
import type { Metadata } from '../../src/model/resource.ts';
import {
  type Arbitraries,
  absolutePath,
  count,
  line,
  resourceName,
  sometimes,
  uuid,
  wholeKib,
  word,
} from './arbitraries.ts';
import { arbitraryDevices, plainDevices } from './arbitrary-devices.ts';
import { networkStorage, sourceLabels } from './arbitrary-storage.ts';
import { arbitraryTuning, guestNuma, numberSet } from './arbitrary-tuning.ts';

/** Every field of a definition, in the canonical form that decoding gives, without regard to what makes sense together. */
export function arbitraryDomain(): fc.Arbitrary<DomainDef> {
  return fc.record({ kind: fc.constant('Domain' as const), metadata: metadata(), spec: spec() });
}

/** Definitions that a person could have written and that can be started: no addresses, no contradictions. */
export function plainDomain(): fc.Arbitrary<DomainDef> {
  return fc.record({
    kind: fc.constant('Domain' as const),
    metadata: sometimes<Metadata>({ name: resourceName(), labels: words(), annotations: words() }, ['name']),
    spec: plainSpec(),
  });
}

function words(): fc.Arbitrary<Record<string, string>> {
  // In the order of the names, as decoding leaves them; `__proto__` and the like are refused.
  return fc
    .dictionary(fc.stringMatching(/^[a-z][a-z0-9.]{0,8}$/), line(), { minKeys: 1, maxKeys: 3 })
    .map((map) => Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))))
    .filter((map) => !Object.hasOwn(map, 'constructor') && !Object.hasOwn(map, 'prototype'));
}

function metadata(): fc.Arbitrary<Metadata> {
  return sometimes<Metadata>({ name: resourceName(), labels: words(), annotations: words() }, ['name']);
}

const mebibyte = 1024 * 1024;
const idRange = fc.record({ start: fc.nat(99), target: fc.nat(9999), count: fc.nat(10) });

function plainSpec(): fc.Arbitrary<DomainSpec> {
  const base = sometimes<
    Pick<DomainSpec, 'runStrategy' | 'title' | 'memory' | 'vcpus' | 'iothreads' | 'devices' | 'onReboot'>
  >(
    {
      runStrategy: fc.constantFrom('Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual', 'Halted'),
      title: line(),
      memory: fc.integer({ min: 64, max: 4096 }).map((size) => size * mebibyte),
      vcpus: fc.integer({ min: 1, max: 8 }).map((maximum) => ({ maximum })),
      iothreads: fc.constant(2),
      onReboot: fc.constantFrom('restart', 'destroy'),
      devices: plainDevices(),
    },
    ['memory'],
  );
  return fc.tuple(base, fc.constantFrom('q35', 'pc'), fc.constantFrom('auto', 'tcg')).map(
    ([rest, machine, accel]): DomainSpec => ({
      ...rest,
      accel: accel === 'tcg' ? 'tcg' : 'auto',
      os: { type: 'hvm', machine },
      features: { acpi: true },
    }),
  );
}

function arbitraryProbe(): fc.Arbitrary<Probe> {
  const exec = sometimes<GuestCommand>(
    {
      command: absolutePath(),
      args: fc.array(line(), { minLength: 1, maxLength: 2 }),
      exitCode: fc.nat(255),
    },
    ['command'],
  );
  return sometimes<Probe>({
    tcp: fc.record({ host: fc.constantFrom('10.0.0.5', '::1'), port: fc.integer({ min: 1, max: 65_535 }) }),
    exec,
    agentPing: fc.constant(true),
    marker: fc.oneof(fc.record({ text: line() }), fc.record({ pattern: fc.constant('^ready$') })),
    initialDelay: fc.nat(100),
    period: fc.nat(100),
    timeout: fc.nat(100),
    failureThreshold: fc.integer({ min: 1, max: 9 }),
    hint: line(),
  });
}

function spec(): fc.Arbitrary<DomainSpec> {
  const end = ['destroy', 'restart', 'preserve', 'rename-restart'] as const;
  const fields: Arbitraries<DomainSpec> = {
    runStrategy: fc.constantFrom('Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual', 'Halted'),
    autostart: fc.boolean(),
    restartPolicy: fc.constantFrom('Manual', 'OnGuestReboot', 'Window', 'Immediate', 'Never'),
    readiness: arbitraryProbe(),
    safety: sometimes<Safety>({ snapshot: fc.boolean(), probe: arbitraryProbe(), timeout: fc.nat(900) }),
    dependsOn: fc.array(
      sometimes<Dependency>(
        {
          kind: fc.constantFrom<('Domain' | 'Volume')[]>('Domain', 'Volume'),
          name: fc.constantFrom('db', 'web.1'),
          ready: fc.boolean(),
        },
        ['kind', 'name'],
      ),
      { minLength: 1, maxLength: 2 },
    ),
    maintenanceWindows: fc.array(
      sometimes({ timeZone: fc.constantFrom('UTC', 'Europe/Berlin') }).map((zone) => ({
        schedule: '0 3 * * SAT',
        duration: 7200,
        ...zone,
      })),
      { minLength: 1, maxLength: 2 },
    ),
    deletionPolicy: fc.constantFrom('Shutdown', 'Destroy', 'Orphan'),
    terminationGracePeriod: fc.nat(100_000),
    accel: fc.constantFrom('kvm', 'tcg', 'auto'),
    uuid: uuid(),
    genid: uuid(),
    title: line(),
    description: fc.array(line(), { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')),
    metadataXml: fc.constantFrom(
      "<a:note xmlns:a='urn:example:a'/>",
      "<note xmlns='urn:example:b'>one &amp; two</note>",
      "<a:x xmlns:a='urn:example:a' id='1'>\n  <a:y/>\n</a:x>\n<c:z xmlns:c='urn:example:c'>text</c:z>",
    ),
    memory: wholeKib(1),
    currentMemory: wholeKib(),
    memoryBacking: sometimes<NonNullable<DomainSpec['memoryBacking']>>({
      hugepages: fc.constantFrom(
        [],
        [{ size: 2 * mebibyte }],
        [{ size: 2 * mebibyte, nodeset: '0-1,3' }, { size: 1024 * mebibyte }],
      ),
      allocationThreads: count(),
      nosharepages: fc.constant(true),
      locked: fc.constant(true),
      source: fc.constantFrom('anonymous', 'file', 'memfd'),
      access: fc.constantFrom('shared', 'private'),
      allocation: fc.constantFrom('immediate', 'ondemand'),
      discard: fc.constant(true),
    }),
    vcpus: sometimes<NonNullable<DomainSpec['vcpus']>>(
      {
        maximum: count(),
        current: count(),
        placement: fc.constantFrom('static', 'auto'),
        cpuset: numberSet(),
      },
      ['maximum'],
    ),
    ...arbitraryTuning(),
    iothreads: fc.nat(16),
    cpu: cpu(),
    os: os(),
    features: features(),
    clock: sometimes<NonNullable<DomainSpec['clock']>>({
      offset: fc.constantFrom('utc', 'localtime', 'timezone', 'variable', 'absolute'),
      timezone: fc.constantFrom('Europe/Berlin', 'UTC', 'Etc/GMT+3'),
      adjustment: fc.oneof(fc.integer(), fc.constant('reset' as const)),
      basis: fc.constantFrom('utc', 'localtime'),
      start: fc.nat(),
      timers: some(
        sometimes<Timer>(
          {
            name: fc.constantFrom(
              'platform',
              'hpet',
              'kvmclock',
              'pit',
              'rtc',
              'tsc',
              'hypervclock',
              'armvtimer',
            ),
            present: fc.boolean(),
            track: fc.constantFrom('boot', 'guest', 'wall', 'realtime'),
            tickpolicy: fc.constantFrom('delay', 'catchup', 'merge', 'discard'),
            frequency: fc.integer({ min: 1 }),
            catchup: sometimes<NonNullable<Timer['catchup']>>({
              threshold: fc.nat(),
              slew: fc.nat(),
              limit: fc.nat(),
            }),
            mode: fc.constantFrom('auto', 'native', 'emulate', 'paravirt', 'smpsafe'),
          },
          ['name'],
        ),
      ),
    }),
    idmap: fc.record({ uids: fc.tuple(idRange), gids: fc.tuple(idRange) }),
    onLockfailure: fc.constantFrom('poweroff', 'restart', 'pause', 'ignore'),
    onPoweroff: fc.constantFrom(...end),
    onReboot: fc.constantFrom(...end),
    onCrash: fc.constantFrom(...end, 'coredump-destroy', 'coredump-restart'),
    pm: sometimes<NonNullable<DomainSpec['pm']>>({ suspendToMem: fc.boolean(), suspendToDisk: fc.boolean() }),
    sysinfo: sometimes<NonNullable<DomainSpec['sysinfo']>>({
      bios: entries(['date', 'release', 'vendor', 'version']),
      system: entries(['family', 'manufacturer', 'product', 'serial', 'sku', 'uuid', 'version']),
      baseBoards: some(entries(['asset', 'location', 'manufacturer', 'product', 'serial', 'version'])),
      chassis: entries(['asset', 'manufacturer', 'serial', 'sku', 'version']),
      oemStrings: some(line()),
    }),
    emulator: absolutePath(),
    seclabels: fc.constantFrom(
      [{ type: 'static', model: 'selinux', relabel: false, label: 'a:b:c' }],
      [
        { type: 'dynamic', model: 'dac', baselabel: 'a' },
        { type: 'none', model: 'apparmor' },
      ],
    ),
    devices: arbitraryDevices(),
  };
  return sometimes<DomainSpec>(fields, ['memory', 'accel', 'os', 'features']);
}

function some<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(item, { minLength: 1, maxLength: 3 });
}

/** Entries by name, in the order of the names. */
function entries(names: readonly string[]): fc.Arbitrary<Record<string, string>> {
  return fc
    .tuple(fc.subarray([...names], { minLength: 1 }), line())
    .map(([chosen, value]) =>
      Object.fromEntries([...chosen].sort().map((name) => [name, `${name} ${value}`])),
    );
}

function cpu(): fc.Arbitrary<NonNullable<DomainSpec['cpu']>> {
  return sometimes<NonNullable<DomainSpec['cpu']>>({
    mode: fc.constantFrom('custom', 'host-model', 'host-passthrough', 'maximum'),
    match: fc.constantFrom('minimum', 'exact', 'strict'),
    check: fc.constantFrom('none', 'partial', 'full'),
    migratable: fc.boolean(),
    model: word(),
    fallback: fc.constantFrom('allow', 'forbid'),
    vendorId: fc.constantFrom('GenuineIntel', 'a b/c:d;e<f&'),
    vendor: word(),
    topology: sometimes<NonNullable<NonNullable<DomainSpec['cpu']>['topology']>>(
      {
        sockets: count(),
        dies: count(),
        clusters: fc.constant(1),
        cores: count(),
        threads: count(),
      },
      ['sockets', 'cores', 'threads'],
    ),
    cache: sometimes<NonNullable<NonNullable<DomainSpec['cpu']>['cache']>>(
      { level: fc.integer({ min: 1, max: 3 }), mode: fc.constantFrom('emulate', 'passthrough', 'disable') },
      ['mode'],
    ),
    maxphysaddr: fc.constantFrom(
      { mode: 'emulate', bits: 42 },
      { mode: 'passthrough' },
      { mode: 'passthrough', limit: 40 },
    ),
    numa: guestNuma(),
    features: some(
      sometimes<CpuFeature>(
        { name: word(), policy: fc.constantFrom('force', 'require', 'optional', 'disable', 'forbid') },
        ['name'],
      ),
    ),
  });
}

function os(): fc.Arbitrary<NonNullable<DomainSpec['os']>> {
  type Os = NonNullable<DomainSpec['os']>;
  return sometimes<Os>(
    {
      type: fc.constant('hvm'),
      arch: fc.constantFrom('x86_64', 'i686'),
      machine: fc.constantFrom('q35', 'pc', 'pc-q35-7.2'),
      firmware: fc.constantFrom('bios', 'efi'),
      firmwareFeatures: fc.uniqueArray(
        fc.record({ name: fc.constantFrom('secure-boot', 'enrolled-keys'), enabled: fc.boolean() }),
        { minLength: 1, selector: ({ name }) => name },
      ),
      loader: sometimes<NonNullable<Os['loader']>>({
        path: absolutePath(),
        type: fc.constantFrom('rom', 'pflash'),
        readonly: fc.boolean(),
        secure: fc.boolean(),
        stateless: fc.boolean(),
        format: fc.constantFrom('raw', 'qcow2'),
      }).map((loader) =>
        loader.type === 'pflash' && loader.path !== undefined ? { readonly: true, ...loader } : loader,
      ),
      nvram: sometimes<NonNullable<Os['nvram']>>({
        type: fc.constantFrom('file', 'block', 'network'),
        path: absolutePath(),
        network: networkStorage,
        template: absolutePath(),
        templateFormat: fc.constantFrom('raw', 'qcow2'),
        format: fc.constantFrom('raw', 'qcow2'),
        labels: sourceLabels,
      }).map(({ type, path, network, labels, ...nvram }) => {
        if (type === 'network' && network !== undefined)
          return { ...nvram, type, network, ...(labels ? { labels } : {}) };
        if (path === undefined || type === 'network') return nvram;
        return type === undefined
          ? { ...nvram, path }
          : { ...nvram, type, path, ...(labels ? { labels } : {}) };
      }),
      kernel: absolutePath(),
      initrd: absolutePath(),
      cmdline: line(),
      dtb: absolutePath(),
      boot: some(fc.constantFrom('hd', 'cdrom', 'network', 'fd')),
      bootMenu: sometimes<NonNullable<Os['bootMenu']>>({ enable: fc.boolean(), timeout: fc.nat(60_000) }, [
        'enable',
      ]),
      bios: sometimes<NonNullable<Os['bios']>>({
        useserial: fc.boolean(),
        rebootTimeout: fc.integer({ min: -1, max: 65_535 }),
      }),
      acpiTable: fc.record({ type: fc.constant('slic' as const), path: absolutePath() }),
      smbios: fc.constantFrom('emulate', 'host', 'sysinfo'),
    },
    ['type'],
  ).map(oneFirmware);
}

/** In XML an image is named or looked for, not both, and features are told only of one that is looked for. */
function oneFirmware<O extends NonNullable<DomainSpec['os']>>(os: O): O {
  const { firmware, firmwareFeatures: _, ...named } = os;
  return firmware !== undefined && os.loader?.path === undefined ? os : (named as O);
}

function features(): fc.Arbitrary<NonNullable<DomainSpec['features']>> {
  type Features = NonNullable<DomainSpec['features']>;
  type Hyperv = NonNullable<Features['hyperv']>;
  return sometimes<Features>(
    {
      acpi: fc.boolean(),
      apic: sometimes<NonNullable<Features['apic']>>({ eoi: fc.boolean() }),
      pae: fc.constant(true),
      hap: fc.boolean(),
      viridian: fc.constant(true),
      privnet: fc.constant(true),
      vmport: fc.boolean(),
      smm: sometimes<NonNullable<Features['smm']>>({ state: fc.boolean(), tseg: fc.nat(2 ** 30) }, [
        'state',
      ]).map((smm) => (smm.state ? smm : { state: false })),
      pmu: fc.boolean(),
      hyperv: sometimes<Hyperv>({
        mode: fc.constantFrom('custom', 'passthrough'),
        relaxed: fc.boolean(),
        vapic: fc.boolean(),
        spinlocks: sometimes<NonNullable<Hyperv['spinlocks']>>({
          state: fc.boolean(),
          retries: fc.integer({ min: 4095, max: 65_535 }),
        }),
        vpindex: fc.boolean(),
        runtime: fc.boolean(),
        synic: fc.boolean(),
        stimer: sometimes<NonNullable<Hyperv['stimer']>>({ state: fc.boolean(), direct: fc.boolean() }, [
          'state',
        ]),
        reset: fc.boolean(),
        vendorId: fc.constantFrom('KVM Hv', '<&>"\''),
        frequencies: fc.boolean(),
        reenlightenment: fc.boolean(),
        tlbflush: fc.boolean(),
        ipi: fc.boolean(),
        evmcs: fc.boolean(),
        avic: fc.boolean(),
        tlbflushDirect: fc.boolean(),
        tlbflushExtended: fc.boolean(),
        emsrBitmap: fc.boolean(),
        xmmInput: fc.boolean(),
      }).map((hyperv) =>
        (hyperv.tlbflushDirect ?? hyperv.tlbflushExtended) === undefined
          ? hyperv
          : { ...hyperv, tlbflush: true },
      ),
      kvm: sometimes<NonNullable<Features['kvm']>>({
        hidden: fc.boolean(),
        hintDedicated: fc.boolean(),
        pollControl: fc.boolean(),
        pvIpi: fc.boolean(),
        dirtyRing: fc.constantFrom({ state: true, size: 4096 }, { state: false }),
      }),
      pvspinlock: fc.boolean(),
      msrs: fc.constantFrom('ignore', 'fault'),
      tcgTbCache: wholeKib(1),
      ioapic: fc.constantFrom('qemu', 'kvm'),
      ps2: fc.boolean(),
      vmcoreinfo: fc.boolean(),
    },
    ['acpi'],
  );
}
