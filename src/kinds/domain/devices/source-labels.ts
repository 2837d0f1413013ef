import type { SourceLabel } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { list } from '../../shape/list.ts';
import { yesNo } from '../../shape/on-off.ts';
import { text } from '../../shape/text.ts';

const label = elementCodec<SourceLabel>('seclabel', {
  model: text('@model', 'Security driver: selinux, apparmor, dac.', { maxLength: 64 }),
  relabel: yesNo('@relabel', 'The source gets a label at start. Default: true.'),
  labelskip: yesNo('@labelskip', 'What libvirt writes when a source cannot be labelled.'),
  label: text('label', 'The label.', { maxLength: 4096 }),
});

/** What security drivers are to do with one source, at `<at>/seclabel`. */
export function sourceLabelsField(at: string): Field<readonly SourceLabel[]> {
  return list(
    `${at}/seclabel`,
    label,
    'What security drivers do with it. Qonverge has none: kept, not used.',
  );
}
