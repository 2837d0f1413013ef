import type { DomainDef } from '../../../model/domain.ts';
import type { Graphics } from '../../../model/domain-devices.ts';
import { diff } from '../../diff.ts';
import type { LiveStep } from './live-steps.ts';

/** Screens have no names: they are the same as long as their types are in the same order. */
export function* changePasswords(from: DomainDef, desired: DomainDef): Iterable<LiveStep> {
  const before = from.spec.devices?.graphics ?? [];
  const wanted = desired.spec.devices?.graphics ?? [];
  if (before.length !== wanted.length || before.some(({ type }, at) => type !== wanted[at]?.type)) return;
  const graphics = before.map((one, at) => withPassword(one, wanted[at] ?? one));
  if (diff(before, graphics).length === 0) return;
  const def = { ...from, spec: { ...from.spec, devices: { ...from.spec.devices, graphics } } };
  yield { change: { operation: 'password' }, def, impact: 'live' };
}

/** QEMU asks for a password, or does not, from its start. */
function withPassword(before: Graphics, { passwd, passwdValidTo, connected }: Graphics): Graphics {
  if (before.passwd === undefined || passwd === undefined) return before;
  const { passwdValidTo: _, connected: __, ...rest } = before;
  return {
    ...rest,
    passwd,
    ...(passwdValidTo === undefined ? {} : { passwdValidTo }),
    ...(connected === undefined ? {} : { connected }),
  };
}
