import type { MemoryBacking } from '../../model/domain.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import type { Field } from '../shape/field.ts';
import { parseLocation } from '../shape/location.ts';
import { presence } from '../shape/on-off.ts';

const page = bytes('hugepages/page@size', 'Use huge pages of this size; 0: the default size of the host.');
const { steps } = parseLocation('hugepages');

/** `<hugepages/>` alone asks for the host's default size, which a definition calls 0. */
const hugepages: Field<number> = {
  ...page,
  fromXml: (cursor, path) => {
    const child = cursor.descend(steps);
    if (child === undefined) return undefined;
    const size = page.fromXml(cursor, path);
    return size ?? (child.element.children.some((node) => node.type === 'element') ? undefined : 0);
  },
  toXml: (value, builder) => {
    if (value === 0) builder.descend(steps);
    else page.toXml(value, builder);
  },
};

/** `<memoryBacking>`. */
export const memoryBackingCodec = elementCodec<MemoryBacking>(
  'memoryBacking',
  {
    hugepages,
    nosharepages: presence('nosharepages', 'The host must not merge pages.'),
    locked: presence('locked', 'The host must not swap it out.'),
    source: choice(
      'source@type',
      ['anonymous', 'file', 'memfd'],
      'What the memory is made of. Default: anonymous.',
    ),
    access: choice(
      'access@mode',
      ['shared', 'private'],
      'Whether other processes can share it. Default: private.',
    ),
    allocation: choice('allocation@mode', ['immediate', 'ondemand'], 'When it is taken. Default: ondemand.'),
    discard: presence('discard', 'Its content is thrown away at the end.'),
  },
  { later: 'hugepages/page@nodeset allocation@threads' },
);
