import type { IdMap, IdRange } from '../../model/domain.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';

const id = { maximum: 0xffff_ffff };

const range = elementCodec<IdRange>('idmap', {
  start: required(integer('@start', 'First id in the container.', id)),
  target: required(integer('@target', 'First id of the host.', id)),
  count: required(integer('@count', 'How many.', id)),
});

/** `<idmap>`: a word of libvirt's containers. */
export const idmapCodec = elementCodec<IdMap>('idmap', {
  uids: list('uid', range, 'Users.'),
  gids: list('gid', range, 'Groups.'),
});
