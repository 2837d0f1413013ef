import type { DomainDevices } from '../../../model/domain-devices.ts';
import { elementCodec } from '../../shape/element-codec.ts';
import { deviceTable } from './table.ts';

const elements = Object.values(deviceTable).map((field) => field.at.split('/')[0]);

/** `<devices>`: the emulator, which belongs to the domain, then the classes in the order of the table. */
export const devicesCodec = elementCodec<DomainDevices>('devices', deviceTable, {
  order: ['emulator', ...elements].join(' '),
  later: ' nvram pstore',
});
