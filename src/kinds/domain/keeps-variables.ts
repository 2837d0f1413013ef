import type { Os } from '../../model/domain.ts';

/** Whether the firmware has a flash chip for its variables: not beside code that the guest can write, as libvirt has it. */
export function keepsVariables({ loader, nvram }: Os): boolean {
  if (loader?.type !== 'pflash' || loader.stateless === true) return false;
  return nvram?.path !== undefined || nvram?.network !== undefined || (loader.readonly ?? true);
}
