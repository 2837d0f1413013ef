import type { Controller } from '../../../model/domain-devices.ts';
import type { Draft } from './draft.ts';

/**
 * libvirt's order of the controllers that a spec names: those of one type stand where its first one stands, by their
 * index, one without an index before the others; companions of a USB controller after it.
 */
export function inControllerOrder(controllers: readonly Draft<Controller>[]): Draft<Controller>[] {
  const ordered: Draft<Controller>[] = [];
  for (const controller of controllers) {
    let at = ordered.length;
    let found = false;
    for (let i = ordered.length - 1; i >= 0; i -= 1) {
      const other = ordered[i];
      if (other?.type !== controller.type) continue;
      if ((other.index ?? -1) > (controller.index ?? -1)) at = i;
      else if (!found && at === ordered.length) at = i + 1;
      found = true;
    }
    ordered.splice(at, 0, controller);
  }
  return ordered;
}
