import type { Numatune } from '../../model/domain-tuning.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { numberSet } from '../shape/number-set.ts';
import { object } from '../shape/object.ts';

const modes = ['strict', 'preferred', 'interleave', 'restrictive'] as const;
const mode = choice('@mode', modes, 'How strictly memory comes from there. Default: strict.');

const memory = elementCodec<NonNullable<Numatune['memory']>>('numatune/memory', {
  mode,
  nodeset: numberSet('@nodeset', 'NUMA nodes of the host.'),
  placement: choice(
    '@placement',
    ['static', 'auto'],
    'Who names the nodes: nodeset, or numad. Default: static.',
  ),
});

const memnode = elementCodec<NonNullable<Numatune['memnodes']>[number]>('numatune/memnode', {
  cellid: required(integer('@cellid', 'NUMA cell of the guest.', { maximum: 65_535 })),
  mode,
  nodeset: required(numberSet('@nodeset', 'NUMA nodes of the host.')),
});

/** `<numatune>`. */
export const numatuneCodec = elementCodec<Numatune>(
  'numatune',
  {
    memory: object('memory', memory, 'NUMA nodes for all memory of the guest.'),
    memnodes: list('memnode', memnode, 'NUMA nodes for the memory of single cells.'),
  },
  { normalize: withoutSilence },
);

/** `<memory/>` binds nothing. */
function withoutSilence({ memory: all, ...rest }: Numatune): Numatune {
  return all === undefined || Object.keys(all).length === 0 ? rest : { ...rest, memory: all };
}
