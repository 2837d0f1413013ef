import type { QemuExtras } from '../../../model/domain-qemu.ts';
import type { Arguments } from './arguments.ts';

/** Arguments past all that a definition understands. Whether they are allowed was judged before. */
export function buildRaw(qemu: QemuExtras | undefined, args: Arguments): void {
  const behavior = qemu?.deprecation;
  if (behavior === 'omit') args.add('-compat', 'deprecated-output=hide');
  else if (behavior === 'reject' || behavior === 'crash')
    args.add('-compat', `deprecated-input=${behavior},deprecated-output=hide`);
  args.list.push(...(qemu?.args ?? []));
}

export function rawEnvironment(qemu: QemuExtras | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((qemu?.env ?? []).map(({ name, value = '' }) => [name, value]));
}
