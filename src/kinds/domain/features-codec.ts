import type { Features, Hyperv, KvmFeatures } from '../../model/domain.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { parseLocation } from '../shape/location.ts';
import { object } from '../shape/object.ts';
import { onOff, presence, switched } from '../shape/on-off.ts';
import { orNone } from '../shape/or-none.ts';
import { text } from '../shape/text.ts';
import { readForeignFeatures } from './foreign-features.ts';

const vendorText = text('vendor_id@value', 'Vendor that Windows sees, at most 12 characters.', {
  pattern: '^[\\x20-\\x2b\\x2d-\\x7e]{1,12}$',
  expected: '1 to 12 printable characters, no comma',
});
const vendorAt = parseLocation('vendor_id@value');
const vendorState = onOff('vendor_id@state', '');

/** `<vendor_id state='on' value='…'/>`; with state off there is none. */
const vendorId: Field<string> = {
  ...vendorText,
  fromXml: (cursor, path) => {
    const isOn = vendorState.fromXml(cursor, path);
    const value = vendorText.fromXml(cursor, path);
    if (isOn === true && cursor.value(vendorAt) === undefined)
      cursor.decoding.report('missing-field', path, '<vendor_id> has no value=', 'add it');
    return isOn === false ? undefined : value;
  },
  toXml: (value, builder) => {
    vendorState.toXml(true, builder);
    vendorText.toXml(value, builder);
  },
};

const spinlocks = elementCodec<NonNullable<Hyperv['spinlocks']>>('features/hyperv/spinlocks', {
  state: onOff('@state', 'Whether it is on.'),
  retries: integer('@retries', 'Tries before the hypervisor is told.', {
    minimum: 4095,
    maximum: 0xffff_ffff,
  }),
});

const stimer = elementCodec<NonNullable<Hyperv['stimer']>>(
  'features/hyperv/stimer',
  {
    state: required(onOff('@state', 'Whether they are on.')),
    direct: onOff('direct@state', 'Expirations come as interrupts.'),
  },
  { xmlNeeds: 'direct@state' },
);

const hyperv = elementCodec<Hyperv>(
  'features/hyperv',
  {
    mode: choice(
      '@mode',
      ['custom', 'passthrough'],
      'passthrough: all that the host offers. Default: custom.',
      { later: ['host-model'] },
    ),
    relaxed: onOff('relaxed@state', 'Relaxed timing.'),
    vapic: onOff('vapic@state', 'Paravirtual APIC.'),
    spinlocks: object('spinlocks', spinlocks, 'Spinlock help.'),
    vpindex: onOff('vpindex@state', 'Virtual processor index.'),
    runtime: onOff('runtime@state', 'Processor run time.'),
    synic: onOff('synic@state', 'Synthetic interrupt controller.'),
    stimer: object('stimer', stimer, 'Synthetic timers.'),
    reset: onOff('reset@state', 'Reset by the hypervisor.'),
    vendorId,
    frequencies: onOff('frequencies@state', 'Frequency registers.'),
    reenlightenment: onOff('reenlightenment@state', 'Notice after a migration.'),
    tlbflush: onOff('tlbflush@state', 'Paravirtual TLB flush.'),
    tlbflushDirect: onOff('tlbflush/direct@state', 'TLB flush of nested guests without the outer one.'),
    tlbflushExtended: onOff('tlbflush/extended@state', 'TLB flush of a part of the addresses.'),
    ipi: onOff('ipi@state', 'Paravirtual IPI.'),
    evmcs: onOff('evmcs@state', 'Enlightened VMCS.'),
    avic: onOff('avic@state', 'AVIC and APICv with synic.'),
    emsrBitmap: onOff('emsr_bitmap@state', 'Enlightened MSR bitmap, for nested guests.'),
    xmmInput: onOff('xmm_input@state', 'Hypercalls with arguments in XMM registers.'),
  },
  {
    xmlNeeds:
      'relaxed@state vapic@state vpindex@state runtime@state synic@state reset@state vendor_id@state ' +
      'frequencies@state reenlightenment@state tlbflush@state ipi@state evmcs@state avic@state ' +
      'emsr_bitmap@state xmm_input@state',
  },
);

const dirtyRing = elementCodec<NonNullable<KvmFeatures['dirtyRing']>>('features/kvm/dirty-ring', {
  state: required(onOff('@state', 'Whether it is on.')),
  size: integer('@size', 'Entries for each vCPU: a power of two.', { minimum: 1024, maximum: 65_536 }),
});

const kvm = elementCodec<KvmFeatures>(
  'features/kvm',
  {
    hidden: onOff('hidden@state', 'Hide KVM from the guest.'),
    hintDedicated: onOff('hint-dedicated@state', 'Tell the guest that its vCPUs have CPUs of their own.'),
    pollControl: onOff('poll-control@state', 'The guest may end the polling of the host.'),
    pvIpi: onOff('pv-ipi@state', 'Paravirtual IPI.'),
    dirtyRing: object('dirty-ring', dirtyRing, 'Changed pages are noted in a ring.'),
  },
  { xmlNeeds: 'hidden@state hint-dedicated@state poll-control@state pv-ipi@state' },
);

const apic = elementCodec<NonNullable<Features['apic']>>('features/apic', {
  eoi: onOff('@eoi', 'Paravirtual end of interrupt.'),
});

const smm = elementCodec<NonNullable<Features['smm']>>(
  'features/smm',
  {
    state: onOff('@state', 'Whether SMM is on. Default: true.'),
    tseg: bytes('tseg', 'Size of SMRAM.', { unit: 'MiB', shown: 'largest' }),
  },
  {
    // Without SMM there is no SMRAM.
    normalize: ({ tseg, state = true }) => ({ state, ...(state && tseg !== undefined ? { tseg } : {}) }),
  },
);

const acpiPresence = presence('acpi', 'ACPI. Default: true in YAML; in XML the element says it.');

/** Unlike other elements that only stand or not, a missing `<acpi/>` is a no: so libvirt means it. */
const acpi: Field<boolean> = {
  ...acpiPresence,
  fromYaml: onOff('acpi', '').fromYaml,
  fromXml: (cursor, path) => acpiPresence.fromXml(cursor, path) ?? false,
};

const codec = elementCodec<Features>(
  'features',
  {
    acpi,
    apic: object('apic', apic, 'The APIC: `{}` is on.'),
    pae: presence('pae', 'Physical address extension; x86_64 always has it.'),
    hap: switched('hap', 'Hardware assisted paging.'),
    viridian: presence('viridian', 'Kept as written; it means nothing to QEMU.'),
    privnet: presence('privnet', 'Kept as written; it means nothing to QEMU.'),
    hyperv: object('hyperv', hyperv, 'Help for Windows guests.'),
    kvm: object('kvm', kvm, 'What KVM shows of itself.'),
    pvspinlock: switched('pvspinlock', 'Paravirtual spinlocks.'),
    msrs: choice('msrs@unknown', ['ignore', 'fault'], 'What reading an unknown MSR does.'),
    tcgTbCache: orNone(bytes('tcg/tb-cache', 'TCG: size of the cache of translated code.')),
    pmu: switched('pmu', 'Performance counters of the CPU.'),
    vmport: switched('vmport', "VMware's I/O port."),
    smm: object('smm', smm, 'System management mode.'),
    ioapic: choice('ioapic@driver', ['qemu', 'kvm'], 'Where the I/O APIC is emulated.'),
    ps2: switched('ps2', 'Controller of PS/2 mouse and keyboard. Default: true.'),
    vmcoreinfo: switched('vmcoreinfo', 'The guest may tell where its core dump information is.'),
  },
  {
    later: 'async-teardown ras aia',
    xmlNeeds: 'msrs@unknown',
    reads: readForeignFeatures,
  },
);

const plain = object('features', codec, 'Features of the machine.');
const { steps } = parseLocation('features');

/** `<features>`; without it there is no `<acpi/>` either. */
export const featuresField: Field<Features> = {
  ...plain,
  fromXml: (cursor, path) =>
    cursor.descend(steps) === undefined ? { acpi: false } : plain.fromXml(cursor, path),
  toXml: (value, builder) => {
    const { acpi: on, ...rest } = value;
    if (on !== false || Object.keys(rest).length > 0) plain.toXml(value, builder);
  },
};
