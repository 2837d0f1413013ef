import type { DomainDef } from '../../../model/domain.ts';
import type { Graphics } from '../../../model/domain-devices.ts';
import type { LiveOperation } from '../../../model/live-change.ts';
import { diff } from '../../diff.ts';
import type { LiveStep, Tried } from './live-steps.ts';

type Becomes = (before: Graphics, wanted: Graphics) => Graphics;

/** Screens have no names: they are the same as long as their types are in the same order. */
export function* changeScreens(from: DomainDef, desired: DomainDef, tried: Tried): Iterable<LiveStep> {
  const wanted = desired.spec.devices?.graphics ?? [];
  let def = from;
  const changed = function* (operation: LiveOperation, becomes: Becomes): Iterable<LiveStep> {
    const before = def.spec.devices?.graphics ?? [];
    const graphics = before.map((one, at) => becomes(one, wanted[at] ?? one));
    if (diff(before, graphics).length === 0 || !tried({ operation })) return;
    def = { ...def, spec: { ...def.spec, devices: { ...def.spec.devices, graphics } } };
    yield { change: { operation }, def, impact: 'live' };
  };
  const before = from.spec.devices?.graphics ?? [];
  if (before.length !== wanted.length || before.some(({ type }, at) => type !== wanted[at]?.type)) return;
  yield* changed('listen', withAddress);
  yield* changed('password', withPassword);
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

/** A server that never listened is not set up for it, and the one for web sockets stays where it is. */
function withAddress(before: Graphics, wanted: Graphics): Graphics {
  if (!mayMove(before) || !mayMove(wanted)) return before;
  const { listen: _, listenType: __, socket: ___, port: ____, autoport: _____, ...rest } = before;
  const { listen, listenType, socket, port, autoport } = wanted;
  return {
    ...rest,
    ...(listen === undefined ? {} : { listen }),
    ...(listenType === undefined ? {} : { listenType }),
    ...(socket === undefined ? {} : { socket }),
    ...(port === undefined ? {} : { port }),
    ...(autoport === undefined ? {} : { autoport }),
  };
}

function mayMove({ type, listenType, websocket }: Graphics): boolean {
  return type === 'vnc' && listenType !== 'none' && listenType !== 'network' && websocket === undefined;
}
