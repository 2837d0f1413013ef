import type { Graphics } from '../../../model/domain-devices.ts';
import { passwordCommands } from '../devices/graphics.ts';
import type { LiveAct } from './contract.ts';
import { say } from './say.ts';

/** The passwords of vnc and spice. Who is connected stays, unless `connected` says otherwise. */
export const password: LiveAct = async ({ monitor, before, after, signal }) => {
  for (const graphics of after.spec.devices?.graphics ?? []) {
    for (const { command, arguments: args } of passwordCommands(graphics))
      await say(monitor, command, args, signal);
    if (graphics.passwdValidTo === undefined && hadEnd(before.spec.devices?.graphics, graphics.type))
      await say(monitor, 'expire_password', { protocol: graphics.type, time: 'never' }, signal);
  }
};

function hadEnd(before: readonly Graphics[] = [], type: Graphics['type']): boolean {
  return before.some((one) => one.type === type && one.passwdValidTo !== undefined);
}
