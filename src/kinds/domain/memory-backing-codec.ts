import type { HugepageSize, MemoryBacking } from '../../model/domain.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { type Field, required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { parseLocation } from '../shape/location.ts';
import { numberSet } from '../shape/number-set.ts';
import { presence } from '../shape/on-off.ts';
import { orNone } from '../shape/or-none.ts';

const size = bytes('@size', 'Size of one page.');

const pages = list(
  'hugepages/page',
  elementCodec<HugepageSize>('memoryBacking/hugepages/page', {
    size: required(size),
    nodeset: numberSet('@nodeset', 'NUMA cells of the guest that it is for. Default: all others.'),
  }),
  'Use huge pages: true is the default size of the host; else a size, or a list of sizes by NUMA cell.',
);
const { steps } = parseLocation('hugepages');

/** `<hugepages/>` alone asks for the host's default size: an empty list. YAML also takes one size, or true. */
const hugepages: Field<readonly HugepageSize[]> = {
  ...pages,
  schema: (definitions) => ({
    anyOf: [{ type: 'boolean' }, size.schema(definitions), pages.schema(definitions)],
  }),
  fromYaml: (value, path, decoding) => {
    if (value === false) return undefined;
    if (value === true || value === 0) return [];
    if (Array.isArray(value)) return value.length === 0 ? [] : pages.fromYaml(value, path, decoding);
    const single = size.fromYaml(value, path, decoding);
    return single === undefined ? undefined : [{ size: single }];
  },
  toYaml: (value) => {
    const [first] = value;
    if (first === undefined) return true;
    return value.length === 1 && first.nodeset === undefined ? size.toYaml(first.size) : pages.toYaml(value);
  },
  fromXml: (cursor, path) => {
    const child = cursor.descend(steps);
    if (child === undefined) return undefined;
    cursor.decoding.positions.set(path, child.element.position);
    return pages.fromXml(cursor, path) ?? [];
  },
  toXml: (value, builder) => {
    builder.descend(steps);
    pages.toXml(value, builder);
  },
};

/** `<memoryBacking>`. */
export const memoryBackingCodec = elementCodec<MemoryBacking>('memoryBacking', {
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
  allocationThreads: orNone(
    integer('allocation@threads', 'Threads that take it at once.', { minimum: 1, maximum: 65_535 }),
  ),
  discard: presence('discard', 'Its content is thrown away at the end.'),
});
