import {
  type DomainSpec,
  type IndividualVcpu,
  type Iothread,
  type IothreadPool,
  perfEvents,
  type Vcpus,
} from '../../model/domain.ts';
import type { Resource } from '../../model/domain-tuning.ts';
import { uuidText } from '../../model/uuid-text.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { seconds } from '../shape/duration.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';
import { numberSet } from '../shape/number-set.ts';
import { object, scattered } from '../shape/object.ts';
import { onOff, yesNo } from '../shape/on-off.ts';
import { orNone } from '../shape/or-none.ts';
import { path, text } from '../shape/text.ts';
import { acceleratorField } from './accelerator-field.ts';
import { blkiotuneCodec } from './blkiotune-codec.ts';
import { clockCodec } from './clock-codec.ts';
import { cpuCodec } from './cpu-codec.ts';
import { cputuneCodec } from './cputune-codec.ts';
import { dependencyCodec } from './dependency-codec.ts';
import { devicesCodec } from './devices/devices-codec.ts';
import { featuresField } from './features-codec.ts';
import { idmapCodec } from './idmap-codec.ts';
import { launchSecurityCodec } from './launch-security-codec.ts';
import { maintenanceWindowCodec } from './maintenance-window-codec.ts';
import { memoryBackingCodec } from './memory-backing-codec.ts';
import { memoryField } from './memory-field.ts';
import { memtuneCodec } from './memtune-codec.ts';
import { metadataXmlField } from './metadata-xml-field.ts';
import { numatuneCodec } from './numatune-codec.ts';
import { osCodec } from './os-codec.ts';
import { probeCodec } from './probe-codec.ts';
import { qemuCodec } from './qemu-codec.ts';
import { safetyCodec } from './safety-codec.ts';
import { securityLabelCodec } from './security-label-codec.ts';
import { fwcfgField, sysinfoField } from './sysinfo-codec.ts';

function uuid(at: string, about: string): Field<string> {
  return text(at, about, {
    pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
    expected: 'a UUID',
    canonical: uuidText,
  });
}

const givenGenid = uuid('genid', 'Generation id that the guest sees; auto: made once.');

/** `<genid/>` alone asks for one. */
const genidField: Field<string> = {
  ...givenGenid,
  schema: (definitions) => ({ anyOf: [{ type: 'string', const: 'auto' }, givenGenid.schema(definitions)] }),
  fromYaml: (value, at, decoding) => (value === 'auto' ? 'auto' : givenGenid.fromYaml(value, at, decoding)),
  fromXml: (cursor, at) => {
    const child = cursor.child(xmlName('genid'));
    return child?.text().trim() === '' ? 'auto' : givenGenid.fromXml(cursor, at);
  },
  toXml: (value, builder) => {
    if (value === 'auto') builder.child(xmlName('genid'));
    else givenGenid.toXml(value, builder);
  },
};

const count = { minimum: 1, maximum: 65_535 };

const vcpus = elementCodec<Vcpus>(
  'vcpu',
  {
    maximum: required(integer('.', 'vCPUs that the guest can have.', count)),
    placement: choice(
      '@placement',
      ['static', 'auto'],
      'How vCPUs are placed on host CPUs. Default: static.',
    ),
    cpuset: numberSet('@cpuset', 'Host CPUs: 0-3,^2.'),
    current: integer('@current', 'vCPUs at start. Default: maximum.', count),
  },
  {
    short: {
      schema: { type: 'integer', ...count },
      expand: (value) =>
        Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= count.maximum
          ? { maximum: Number(value) }
          : undefined,
      shorten: (value) => (Object.keys(value).length === 1 ? value.maximum : undefined),
    },
  },
);

const individualVcpu = elementCodec<IndividualVcpu>('vcpus/vcpu', {
  id: required(integer('@id', 'Number of the vCPU.', { maximum: 65_534 })),
  enabled: required(yesNo('@enabled', 'Whether it is there at start.')),
  hotpluggable: yesNo('@hotpluggable', 'Whether it can be taken away while the guest runs.'),
  order: orNone(integer('@order', 'Order in which vCPUs are added.', { minimum: 1, maximum: 65_535 })),
});

const poolSize = { maximum: 65_535 };
const pool = {
  threadPoolMin: integer('@thread_pool_min', 'Least worker threads of it.', poolSize),
  threadPoolMax: integer('@thread_pool_max', 'Most worker threads of it.', poolSize),
};
const poll = { maximum: Number.MAX_SAFE_INTEGER };
const defaultIothread = elementCodec<IothreadPool>('defaultiothread', pool);
const iothread = elementCodec<Iothread>('iothreadids/iothread', {
  id: required(integer('@id', 'Number of the I/O thread.', { minimum: 1, maximum: 65_535 })),
  ...pool,
  pollMax: integer(
    'poll@max',
    'Nanoseconds for which it looks for work before it sleeps. Default: 32768.',
    poll,
  ),
  pollGrow: integer('poll@grow', 'By what that time is multiplied where it is too short.', poll),
  pollShrink: integer('poll@shrink', 'By what it is divided where it is too long.', poll),
});

const maxMemory = elementCodec<NonNullable<DomainSpec['maxMemory']>>(
  'maxMemory',
  {
    size: required(bytes('.', 'Size.', { minimum: 1 })),
    slots: required(integer('@slots', 'Number of memory devices that fit.', { minimum: 1, maximum: 256 })),
  },
  { order: '@slots @unit' },
);

const resource = elementCodec<Resource>('resource', {
  partition: path(
    'partition',
    'Group of machines that share the host, as a slice of systemd. Default: /machine.',
  ),
  fibrechannelAppid: text(
    'fibrechannel@appid',
    'Name for the Fibre Channel fabric; kept, and told to nobody.',
    {
      pattern: '^[\\x20-\\x7e]{1,128}$',
      expected: 'at most 128 printable characters',
    },
  ),
});

const perfEvent = elementCodec<NonNullable<DomainSpec['perf']>[number]>('perf/event', {
  name: required(choice('@name', perfEvents, 'Which event.')),
  enabled: required(yesNo('@enabled', 'Whether it is counted.')),
});

const pm = elementCodec<NonNullable<DomainSpec['pm']>>('pm', {
  suspendToMem: yesNo('suspend-to-mem@enabled', 'The guest may suspend to memory (S3).'),
  suspendToDisk: yesNo('suspend-to-disk@enabled', 'The guest may suspend to disk (S4).'),
});

const ends = ['destroy', 'restart', 'preserve', 'rename-restart'] as const;

/** All of `spec`; in XML it is most of `<domain>`, and the words of our own in `<metadata><q:domain …>`. */
export const specCodec = elementCodec<DomainSpec>(
  'domain',
  {
    runStrategy: choice(
      'metadata/q:domain@runStrategy',
      ['Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual', 'Halted'],
      'When it runs. Default: Always.',
    ),
    autostart: yesNo(
      'metadata/q:domain@autostart',
      'Start a Manual domain once per boot of the host. Default: false.',
    ),
    restartPolicy: choice(
      'metadata/q:domain@restartPolicy',
      ['Manual', 'OnGuestReboot', 'Window', 'Immediate', 'Never'],
      'Who may restart it for a change that needs it. Default: Manual.',
    ),
    dependsOn: list(
      'metadata/q:domain/q:dependsOn',
      dependencyCodec,
      'What has to run before it starts, by name; other kinds as {kind, name}. Removed after it.',
    ),
    readiness: object(
      'metadata/q:domain/q:readiness',
      probeCodec('q:readiness'),
      'What tells that the guest does its work: it is Ready only then.',
    ),
    safety: object(
      'metadata/q:domain/q:safety',
      safetyCodec,
      'When it starts changed: it has to show that it works, or goes back to what it was.',
    ),
    maintenanceWindows: list(
      'metadata/q:domain/q:window',
      maintenanceWindowCodec,
      'When restartPolicy Window may restart it.',
    ),
    deletionPolicy: choice(
      'metadata/q:domain@deletionPolicy',
      ['Shutdown', 'Destroy', 'Orphan'],
      'What happens to the guest when its spec is gone. Default: Shutdown.',
    ),
    terminationGracePeriod: seconds(
      'metadata/q:domain@terminationGracePeriod',
      'Time from the polite request to stop until force.',
    ),
    accel: acceleratorField,
    uuid: uuid(
      'uuid',
      'UUID. Default: made from the key. Written here, it lets the machine run on under another name.',
    ),
    genid: genidField,
    title: text('title', 'One line for people.'),
    description: text('description', 'For people.', { multiline: true }),
    metadataXml: metadataXmlField,
    dumpCore: onOff('memory@dumpCore', 'Memory of the guest is part of a core dump of QEMU. Default: false.'),
    memory: required(memoryField),
    maxMemory: object('maxMemory', maxMemory, 'What memory devices may bring it to.'),
    currentMemory: bytes('currentMemory', 'Target of the balloon. Default: memory.'),
    memoryBacking: object('memoryBacking', memoryBackingCodec, 'What the host makes the memory of.'),
    blkiotune: object('blkiotune', blkiotuneCodec, 'How the host shares its block devices.'),
    memtune: object('memtune', memtuneCodec, 'Limits of the memory on the host.'),
    vcpus: object('vcpu', vcpus, 'vCPUs: a number, or more. Default: 1.'),
    individualVcpus: list('vcpus/vcpu', individualVcpu, 'State of each vCPU. Default: the first ones.'),
    iothreads: integer('iothreads', 'Number of I/O threads. Default: 0.', { maximum: 1024 }),
    iothreadIds: list('iothreadids/iothread', iothread, 'I/O threads with numbers of their own.'),
    defaultIothread: object('defaultiothread', defaultIothread, "Worker threads of QEMU's main loop."),
    cputune: object('cputune', cputuneCodec, 'How the host shares its CPUs.'),
    numatune: object('numatune', numatuneCodec, 'Which NUMA nodes of the host the memory comes from.'),
    resource: object('resource', resource, 'Where the domain stands among others.'),
    sysinfo: sysinfoField,
    fwcfg: fwcfgField,
    os: object('os', osCodec, 'Machine, firmware and boot.'),
    idmap: object('idmap', idmapCodec, 'Users and groups of a container. Kept: QEMU has none.'),
    features: featuresField,
    cpu: object('cpu', cpuCodec, 'The CPU that the guest sees.'),
    clock: object('clock', clockCodec, 'The clock that the guest sees. Default: utc.'),
    onPoweroff: choice('on_poweroff', ends, 'When the guest powers off. Default: destroy.'),
    onReboot: choice('on_reboot', ends, 'When the guest reboots. Default: restart.'),
    onCrash: choice(
      'on_crash',
      [...ends, 'coredump-destroy', 'coredump-restart'],
      'When the guest crashes. Default: destroy.',
    ),
    onLockfailure: choice(
      'on_lockfailure',
      ['poweroff', 'restart', 'pause', 'ignore'],
      'When a lock on a disk is lost. Kept as written: there is no lock manager.',
    ),
    pm: object('pm', pm, 'Power states that the guest may use.'),
    perf: list('perf/event', perfEvent, 'Events to count. Kept as written.'),
    emulator: path('devices/emulator', 'QEMU binary. Default: that of the host.'),
    devices: object('devices', devicesCodec, 'Devices.'),
    seclabels: list(
      'seclabel',
      securityLabelCodec,
      'What security drivers do. Qonverge has none: kept, not used.',
    ),
    launchSecurity: object('launchSecurity', launchSecurityCodec, 'Memory encryption.'),
    qemu: scattered(qemuCodec, "QEMU's own words. Only where the policy of the host allows them."),
  },
  {
    inline: true,
    later: 'bootloader bootloader_args keywrap throttlegroups',
    xmlNeeds: '@type os',
    normalize: ({ devices, ...spec }) => ({
      ...spec,
      accel: spec.accel ?? 'auto',
      os: { ...spec.os, type: spec.os?.type ?? 'hvm' },
      features: { ...spec.features, acpi: spec.features?.acpi ?? true },
      ...(devices === undefined || Object.keys(devices).length === 0 ? {} : { devices }),
    }),
    abbreviate: ({ accel, os, features, ...spec }) => {
      const { acpi, ...otherFeatures } = features ?? {};
      const shownFeatures = acpi === false ? { acpi, ...otherFeatures } : otherFeatures;
      const { type: _, ...otherOs } = os ?? {};
      return {
        ...spec,
        ...(accel === undefined || accel === 'auto' ? {} : { accel }),
        ...(Object.keys(otherOs).length === 0 ? {} : { os: otherOs }),
        ...(Object.keys(shownFeatures).length === 0 ? {} : { features: shownFeatures }),
      };
    },
  },
);
