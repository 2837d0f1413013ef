import type { Hub } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

export function buildHub(hub: Hub, { args, view }: DeviceBuild): void {
  args.device('usb-hub', { id: hub.alias, ...view.place(hub) });
}
