import type { Hostdev, Interface, Teaming } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';

/** Of two cards in a team, the virtio one stays, and the one of the host may leave. */
export function checkCardTeaming({ teaming, type, model }: Interface, path: string, report: Report): void {
  if (teaming === undefined) return;
  const refuse = (message: string, suggestion?: string) =>
    report('conflicting-options', `${path}.teaming.type`, message, suggestion);
  checkPersistent(teaming, path, report);
  if (teaming.type === 'transient' && type !== 'hostdev')
    refuse(`the card that may leave is of type hostdev, not ${type}`, 'write type: persistent here');
  if (teaming.type === 'persistent' && model?.startsWith('virtio') !== true)
    refuse(`the card that stays is a virtio card, not ${model ?? 'rtl8139'}`, 'set model: virtio');
}

export function checkHostdevTeaming({ teaming, type }: Hostdev, path: string, report: Report): void {
  if (teaming === undefined) return;
  checkPersistent(teaming, path, report);
  if (type !== 'pci')
    report('conflicting-options', `${path}.teaming`, `only PCI devices are in a team, not ${type}`);
  else if (teaming.type !== 'transient')
    report('conflicting-options', `${path}.teaming.type`, 'a device of the host is the one that may leave');
}

function checkPersistent({ type, persistent }: Teaming, path: string, report: Report): void {
  const place = `${path}.teaming.persistent`;
  if (type === 'transient' && persistent === undefined)
    report('missing-field', place, 'the alias of the card that stays is missing', 'add persistent: ua-NAME');
  if (type === 'persistent' && persistent !== undefined)
    report('conflicting-options', place, 'the card that stays names no other one', 'remove it');
}
