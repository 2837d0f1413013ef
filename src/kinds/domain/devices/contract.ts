import type { ElementCodec } from '../../shape/element-codec.ts';
import type { Field } from '../../shape/field.ts';
import { list } from '../../shape/list.ts';
import { object } from '../../shape/object.ts';

/** A class of devices: one file in this directory, one row in `table.ts`. */
export interface DeviceClass<D> {
  /** libvirt's element in `<devices>`. */
  readonly element: string;
  /** What it is, for people. */
  readonly about: string;
  readonly codec: ElementCodec<D>;
}

/** A domain can have several of this class. */
export function many<D>(row: DeviceClass<D>): Field<readonly D[]> {
  return list(row.element, row.codec, row.about);
}

/** A domain has at most one of this class. */
export function one<D>(row: DeviceClass<D>): Field<D> {
  return object(row.element, row.codec, row.about);
}
