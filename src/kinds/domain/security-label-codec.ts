import type { SecurityLabel } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { type ElementCodec, elementCodec } from '../shape/element-codec.ts';
import { xmlName } from '../shape/location.ts';
import { yesNo } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';

/** `<seclabel>`; libvirt reads a label of static ones only, and a base of dynamic ones only. */
export const securityLabelCodec: ElementCodec<SecurityLabel> = elementCodec<SecurityLabel>(
  'seclabel',
  {
    type: choice('@type', ['dynamic', 'static', 'none'], 'Who gives the label. Default: dynamic.'),
    model: text('@model', 'Security driver: selinux, apparmor, dac.', { maxLength: 64 }),
    relabel: yesNo('@relabel', 'Files of the domain get labels at start. Default: true for dynamic.'),
    label: text('label', 'static: the label.', { maxLength: 4096 }),
    baselabel: text('baselabel', 'dynamic: what the label is made from.', { maxLength: 4096 }),
  },
  {
    normalize: ({ label, baselabel, ...rest }) => {
      const type = rest.model === 'none' ? 'none' : (rest.type ?? 'dynamic');
      return {
        ...rest,
        type,
        ...(label === undefined || type !== 'static' ? {} : { label }),
        ...(baselabel === undefined || type !== 'dynamic' ? {} : { baselabel }),
      };
    },
    // What a running guest has got.
    reads: (cursor, path) => {
      if (cursor.attribute('type') === undefined && cursor.attribute('model') === undefined)
        cursor.decoding.report('missing-field', path, '<seclabel> has neither type= nor model=', 'add one');
      cursor.child(xmlName('imagelabel'))?.ignore();
    },
  },
);
