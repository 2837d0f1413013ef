import type { Accelerator } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import type { Field } from '../shape/field.ts';

const word = choice<Accelerator>(
  '@type',
  ['kvm', 'tcg', 'auto'],
  'kvm, tcg, or auto: kvm where it works. Default: auto.',
);

/** libvirt's `<domain type=…>`: it has no word for auto. */
const domainType = choice<'kvm' | 'tcg'>('@type', ['kvm', 'tcg'], '', {
  xmlWords: { tcg: 'qemu' },
  later: ['xen', 'lxc', 'hvf', 'kqemu', 'bhyve', 'test', 'vz', 'vmware', 'hyperv', 'vbox', 'phyp'],
});
const auto = choice<'auto'>('metadata/q:domain@accel', ['auto'], '');

/** `accel`: `<domain type='kvm'>` is kvm, `qemu` is tcg; auto stands in our own metadata beside a type that libvirt takes. */
export const acceleratorField: Field<Accelerator> = {
  ...word,
  fromXml: (cursor, path) => {
    const type = domainType.fromXml(cursor, path);
    return auto.fromXml(cursor, path) ?? type;
  },
  toXml: (value, builder) => {
    domainType.toXml(value === 'tcg' ? 'tcg' : 'kvm', builder);
    if (value === 'auto') auto.toXml('auto', builder);
  },
};
