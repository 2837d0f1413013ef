import type { DomainSpec, Vcpus } from '../../model/domain.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { seconds } from '../shape/duration.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';
import { object } from '../shape/object.ts';
import { yesNo } from '../shape/on-off.ts';
import { path, text } from '../shape/text.ts';
import type { XmlCursor } from '../shape/xml-cursor.ts';
import { acceleratorField } from './accelerator-field.ts';
import { clockCodec } from './clock-codec.ts';
import { cpuCodec } from './cpu-codec.ts';
import { devicesCodec } from './devices/devices-codec.ts';
import { featuresField } from './features-codec.ts';
import { maintenanceWindowCodec } from './maintenance-window-codec.ts';
import { memoryBackingCodec } from './memory-backing-codec.ts';
import { metadataXmlField } from './metadata-xml-field.ts';
import { osCodec } from './os-codec.ts';
import { sysinfoCodec } from './sysinfo-codec.ts';

function uuid(at: string, about: string): Field<string> {
  return text(at, about, {
    pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
    expected: 'a UUID',
    canonical: (written) =>
      written
        .toLowerCase()
        .replaceAll('-', '')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  });
}

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
    cpuset: text('@cpuset', 'Host CPUs: 0-3,^2.', {
      pattern: '^[0-9,^-]{1,1024}$',
      expected: 'CPUs like 0-3,^2',
    }),
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

const pm = elementCodec<NonNullable<DomainSpec['pm']>>('pm', {
  suspendToMem: yesNo('suspend-to-mem@enabled', 'The guest may suspend to memory (S3).'),
  suspendToDisk: yesNo('suspend-to-disk@enabled', 'The guest may suspend to disk (S4).'),
});

const ends = ['destroy', 'restart', 'preserve', 'rename-restart'] as const;

/** `<seclabel type='none'/>` is all that there is so far; it asks for nothing. */
function acceptNoSecurityLabels(cursor: XmlCursor, path: string): void {
  for (const label of cursor.children(xmlName('seclabel'))) {
    const type = label.attribute('type')?.value;
    label.ignore();
    if (type === 'none') continue;
    const place = `${path}/seclabel`;
    cursor.decoding.positions.set(place, label.element.position);
    cursor.decoding.report('not-supported', place, "<seclabel> other than type='none' is not supported yet");
  }
}

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
    uuid: uuid('uuid', 'UUID. Default: made from the key.'),
    genid: uuid('genid', 'Generation id that the guest sees.'),
    title: text('title', 'One line for people.'),
    description: text('description', 'For people.', { multiline: true }),
    metadataXml: metadataXmlField,
    memory: required(bytes('memory', 'Memory that the guest boots with.', { minimum: 1 })),
    currentMemory: bytes('currentMemory', 'Target of the balloon. Default: memory.'),
    memoryBacking: object('memoryBacking', memoryBackingCodec, 'What the host makes the memory of.'),
    vcpus: object('vcpu', vcpus, 'vCPUs: a number, or more. Default: 1.'),
    iothreads: integer('iothreads', 'Number of I/O threads. Default: 0.', { maximum: 1024 }),
    sysinfo: object('sysinfo', sysinfoCodec, 'What the guest reads from SMBIOS.'),
    os: object('os', osCodec, 'Machine, firmware and boot.'),
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
    pm: object('pm', pm, 'Power states that the guest may use.'),
    emulator: path('devices/emulator', 'QEMU binary. Default: that of the host.'),
    devices: object('devices', devicesCodec, 'Devices.'),
  },
  {
    inline: true,
    reads: acceptNoSecurityLabels,
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
