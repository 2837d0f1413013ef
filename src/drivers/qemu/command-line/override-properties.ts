import type { DeviceOverride, PropertyOverride } from '../../../model/domain-qemu.ts';
import type { Arguments } from './arguments.ts';

/** Sets and removes properties of devices that are on the command line already, by their id. */
export function overrideProperties(overrides: readonly DeviceOverride[], args: Arguments): void {
  for (const { alias, frontend } of overrides)
    args.changeDevice(alias, (device) => {
      const changed: Record<string, unknown> = { ...device };
      for (const property of frontend) {
        if (property.type === 'remove') delete changed[property.name];
        else changed[property.name] = typedValue(property);
      }
      return changed;
    });
}

function typedValue({ type, value = '' }: PropertyOverride): unknown {
  if (type === 'string') return value;
  return type === 'bool' ? value === 'true' : BigInt(value);
}
