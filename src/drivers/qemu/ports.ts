import { freePort } from '../../host/ports.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Graphics } from '../../model/domain-devices.ts';
import type { QemuDeps } from './deps.ts';

/** How long a port is held back until QEMU has bound it, so that a start beside this one takes another. */
const heldBack = 30_000;

/** TCP ports of a domain's displays, by their place among the graphics: the declared one, or the first free. */
export async function displayPorts(
  def: DomainDef,
  { reservedPorts }: Pick<QemuDeps, 'reservedPorts'>,
): Promise<number[]> {
  const ports: number[] = [];
  for (const graphics of def.spec.devices?.graphics ?? []) {
    const { port = 0, listen = '127.0.0.1' } = graphics;
    ports.push(port > 0 || !needsPort(graphics) ? port : await reserve(listen, reservedPorts));
  }
  return ports;
}

/** Only vnc and spice listen, and not when it is on a socket or nowhere. */
function needsPort({ type, listenType, socket }: Graphics): boolean {
  if (type !== 'vnc' && type !== 'spice') return false;
  return socket === undefined && listenType !== 'socket' && listenType !== 'none';
}

async function reserve(listen: string, reserved: Set<number>): Promise<number> {
  for (;;) {
    const port = await freePort(listen, 5900, reserved);
    if (reserved.has(port)) continue;
    reserved.add(port);
    setTimeout(() => reserved.delete(port), heldBack).unref();
    return port;
  }
}
