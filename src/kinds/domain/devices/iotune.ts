import type { Iotune } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { seconds } from '../../shape/duration.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { integer } from '../../shape/integer.ts';
import { text } from '../../shape/text.ts';

const rate = (at: string, about: string): Field<number> =>
  bytes(at, `${about} Per second; 0: no limit.`, { unitless: true });
const operations = (at: string, about: string): Field<number> =>
  integer(at, `${about} Operations per second; 0: no limit.`);
const burst = (at: string): Field<number> => seconds(at, 'How long a burst may last. Default: 1s.');

/** Limits of what a disk may do. */
export const iotuneCodec = elementCodec<Iotune>('iotune', {
  totalBytesSec: rate('total_bytes_sec', 'Reads and writes together.'),
  readBytesSec: rate('read_bytes_sec', 'Reads.'),
  writeBytesSec: rate('write_bytes_sec', 'Writes.'),
  totalIopsSec: operations('total_iops_sec', 'Reads and writes together.'),
  readIopsSec: operations('read_iops_sec', 'Reads.'),
  writeIopsSec: operations('write_iops_sec', 'Writes.'),
  totalBytesSecMax: rate('total_bytes_sec_max', 'Burst of reads and writes together.'),
  readBytesSecMax: rate('read_bytes_sec_max', 'Burst of reads.'),
  writeBytesSecMax: rate('write_bytes_sec_max', 'Burst of writes.'),
  totalIopsSecMax: operations('total_iops_sec_max', 'Burst of reads and writes together.'),
  readIopsSecMax: operations('read_iops_sec_max', 'Burst of reads.'),
  writeIopsSecMax: operations('write_iops_sec_max', 'Burst of writes.'),
  sizeIopsSec: bytes('size_iops_sec', 'A larger request counts as several.', { unitless: true }),
  groupName: text('group_name', 'Disks of one group share their limits.', { maxLength: 128 }),
  totalBytesSecMaxLength: burst('total_bytes_sec_max_length'),
  readBytesSecMaxLength: burst('read_bytes_sec_max_length'),
  writeBytesSecMaxLength: burst('write_bytes_sec_max_length'),
  totalIopsSecMaxLength: burst('total_iops_sec_max_length'),
  readIopsSecMaxLength: burst('read_iops_sec_max_length'),
  writeIopsSecMaxLength: burst('write_iops_sec_max_length'),
});
