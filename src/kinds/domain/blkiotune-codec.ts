import type { Blkiotune, BlkiotuneDevice } from '../../model/domain-tuning.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { path } from '../shape/text.ts';

const operations = { maximum: 4_294_967_295 };
const weight = integer(
  'weight',
  "Share of the I/O time, to 1000 with the host's cgroups version 1, to 10000 with 2; 0: that of all.",
  operations,
);

const device = elementCodec<BlkiotuneDevice>('blkiotune/device', {
  path: required(path('path', 'Block device of the host.')),
  weight,
  readIopsSec: integer('read_iops_sec', 'Most reads a second; 0: no limit.', operations),
  writeIopsSec: integer('write_iops_sec', 'Most writes a second; 0: no limit.', operations),
  readBytesSec: integer('read_bytes_sec', 'Most bytes read a second; 0: no limit.'),
  writeBytesSec: integer('write_bytes_sec', 'Most bytes written a second; 0: no limit.'),
});

/** `<blkiotune>`. */
export const blkiotuneCodec = elementCodec<Blkiotune>('blkiotune', {
  weight,
  devices: list('device', device, 'Limits by block device.'),
});
