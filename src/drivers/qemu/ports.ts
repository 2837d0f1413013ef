import { freePort } from '../../host/ports.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Graphics } from '../../model/domain-devices.ts';
import type { QemuDeps } from './deps.ts';
import { choosesTlsPort } from './devices/graphics.ts';

/** How long a port is held back until QEMU has bound it, so that a start beside this one takes another. */
const heldBack = 30_000;

/**
 * TCP ports of a domain's displays, by their place among the graphics: the declared one, or the first free. The TLS ports
 * that are chosen follow, in the same order.
 */
export async function displayPorts(
  def: DomainDef,
  { reservedPorts }: Pick<QemuDeps, 'reservedPorts'>,
): Promise<number[]> {
  const ports: number[] = [];
  const all = def.spec.devices?.graphics ?? [];
  for (const graphics of all) {
    const { port = 0, listen = '127.0.0.1' } = graphics;
    ports.push(port > 0 || !needsPort(graphics) ? port : await reserve(listen, reservedPorts));
  }
  for (const graphics of all) {
    const { listen = '127.0.0.1' } = graphics;
    const wanted = needsPort(graphics) && choosesTlsPort(graphics);
    ports.push(wanted ? await reserve(listen, reservedPorts) : 0);
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
