import { findDevice } from '../../../kinds/domain/impact/with-device.ts';
import type { DomainDef } from '../../../model/domain.ts';
import type { Device } from '../../../model/domain-devices.ts';
import { Failure } from '../../../model/failure.ts';
import type { LiveWork } from './contract.ts';

/** The device that a change is about, as `def` has it. */
export function deviceOf<D extends Device>(def: DomainDef, { device }: LiveWork): D {
  const found = device && findDevice(def, device);
  if (found === undefined) throw new Failure('internal', `no ${device?.alias} in ${def.metadata.name}`);
  return found as D;
}
