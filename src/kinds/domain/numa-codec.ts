import type {
  GuestNuma,
  NumaBandwidth,
  NumaCache,
  NumaCell,
  NumaInterconnects,
  NumaLatency,
} from '../../model/domain-numa.ts';
import { bytes } from '../shape/bytes.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { xmlName } from '../shape/location.ts';
import { numberSet } from '../shape/number-set.ts';
import { object } from '../shape/object.ts';
import { yesNo } from '../shape/on-off.ts';

const id = { maximum: 65_535 };

const distance = elementCodec<NonNullable<NumaCell['distances']>[number]>('cpu/numa/cell/distances/sibling', {
  id: required(integer('@id', 'The other cell.', id)),
  value: required(integer('@value', '10 is the cell itself, 20 twice as far.', { maximum: 255 })),
});

const cache = elementCodec<NumaCache>('cpu/numa/cell/cache', {
  level: required(integer('@level', 'Level of the cache beside the memory.', { maximum: 3 })),
  associativity: required(choice('@associativity', ['none', 'direct', 'full'], 'How it is mapped.')),
  policy: required(choice('@policy', ['none', 'writeback', 'writethrough'], 'How it writes.')),
  size: required(bytes('size@value', 'Size.')),
  line: required(bytes('line@value', 'Size of one line.', { unit: 'bytes', shown: 'B' })),
});

const cell = elementCodec<NumaCell>(
  'cpu/numa/cell',
  {
    id: integer('@id', 'Number of the cell. Default: its place in the list.', id),
    cpus: numberSet('@cpus', 'Its vCPUs. Default: none, a cell of memory only.'),
    memory: required(bytes('@memory', 'Its memory.')),
    memAccess: choice(
      '@memAccess',
      ['shared', 'private'],
      'Whether other processes can share it. Default: that of memoryBacking.',
    ),
    discard: yesNo('@discard', 'Its content is thrown away at the end. Default: that of memoryBacking.'),
    distances: list('distances/sibling', distance, 'How far other cells are.'),
    caches: list('cache', cache, 'Caches beside its memory (HMAT).'),
  },
  {
    order: 'distances cache',
    reads: (cursor, path) => {
      const distances = cursor.child(xmlName('distances'));
      if (distances !== undefined && distances.child(xmlName('sibling')) === undefined)
        cursor.decoding.report(
          'missing-field',
          `${path}.distances`,
          '<distances> has no <sibling>',
          'add one',
        );
    },
  },
);

const types = ['access', 'read', 'write'] as const;
const interconnect = {
  initiator: required(integer('@initiator', 'The cell that accesses.', id)),
  target: required(integer('@target', 'The cell whose memory it is.', id)),
  cache: integer('@cache', 'Level of the cache at the target. Default: its memory.', { maximum: 3 }),
  type: required(choice('@type', types, 'Which accesses.')),
};

const interconnects = elementCodec<NumaInterconnects>('cpu/numa/interconnects', {
  latencies: list(
    'latency',
    elementCodec<NumaLatency>('cpu/numa/interconnects/latency', {
      ...interconnect,
      value: required(integer('@value', 'Nanoseconds.')),
    }),
    'How long accesses take.',
  ),
  bandwidths: list(
    'bandwidth',
    elementCodec<NumaBandwidth>('cpu/numa/interconnects/bandwidth', {
      ...interconnect,
      value: required(bytes('@value', 'Per second.')),
    }),
    'How much can be moved.',
  ),
});

/** `<cpu><numa>`. */
export const numaCodec = elementCodec<GuestNuma>('cpu/numa', {
  cells: required(list('cell', cell, 'NUMA cells of the guest.')),
  interconnects: object('interconnects', interconnects, 'Speed between cells (HMAT).'),
});
