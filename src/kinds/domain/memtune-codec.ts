import type { Memtune } from '../../model/domain-tuning.ts';
import { bytes } from '../shape/bytes.ts';
import { elementCodec } from '../shape/element-codec.ts';
import type { Field } from '../shape/field.ts';
import { parseLocation } from '../shape/location.ts';

/** A limit; in XML a number past all that a host can have means that there is none. */
function limit(at: string, about: string): Field<number> {
  const plain = bytes(at, about);
  const location = parseLocation(at);
  return {
    ...plain,
    fromXml: (cursor, path) => {
      const holder = cursor.descend(location.steps);
      const text = holder?.text().trim() ?? '';
      const isKibibytes = /^k(ib)?$/i.test(holder?.attribute('unit')?.value ?? 'KiB');
      if (isKibibytes && /^\d{13,16}$/.test(text) && Number(text) > Number.MAX_SAFE_INTEGER / 1024)
        return undefined;
      return plain.fromXml(cursor, path);
    },
  };
}

/** `<memtune>`. */
export const memtuneCodec = elementCodec<Memtune>('memtune', {
  hardLimit: limit('hard_limit', 'Most memory that the domain may use on the host, QEMU included.'),
  softLimit: limit('soft_limit', 'What it is pushed back to when the host is short of memory.'),
  minGuarantee: limit('min_guarantee', 'Kept as written; QEMU cannot promise it.'),
  swapHardLimit: limit('swap_hard_limit', 'Most memory and swap together.'),
});
