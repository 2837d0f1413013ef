import type { DomainDef } from '../../../model/domain.ts';
import type { Graphics } from '../../../model/domain-devices.ts';
import { Failure, toFailure } from '../../../model/failure.ts';
import { screenSocket } from '../devices/graphics.ts';
import { displayPorts } from '../ports.ts';
import type { LiveAct, LiveWork } from './contract.ts';
import { say } from './say.ts';

/** QAPI SocketAddress, as far as a screen has it. */
type Address =
  | { readonly type: 'inet'; readonly host: string; readonly port: string }
  | { readonly type: 'unix'; readonly path: string };

/** Of QMP `query-vnc-servers`. */
interface VncServer {
  readonly server: readonly {
    readonly family: string;
    readonly host: string;
    readonly service: string;
    readonly websocket: boolean;
  }[];
}

const unknown = /command display-update has not been found/i;

/** Where the vnc server listens. Who is connected stays; where it cannot listen, it is back where it was. */
export const listen: LiveAct = async (work) => {
  const { after, before } = work;
  const screen = vncOf(after);
  if (screen === undefined) throw new Failure('internal', `no vnc server in ${after.metadata.name}`);
  const found = await listensOn(work);
  try {
    await listenOnFirst(addressesOf(screen, vncOf(before), found, work), work);
  } catch (error) {
    const { code, message } = toFailure(error);
    if (unknown.test(message))
      throw new Failure('not-supported', 'QEMU before 7.1 keeps its screens where they are', {
        retry: 'never',
        suggestion: `\`qonverge restart ${after.metadata.name}\` applies it as well`,
      });
    // QEMU lets go of the old address before it tries the new one.
    if (found) await listenOn(found, work).catch(() => undefined);
    throw code === 'qmp-error' ? new Failure('network-failed', message) : error;
  }
};

async function listenOnFirst(addresses: AsyncIterable<Address>, work: LiveWork): Promise<void> {
  let refused: unknown = new Failure('internal', 'nowhere to listen');
  for await (const address of addresses) {
    try {
      return await listenOn(address, work);
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

function vncOf({ spec }: DomainDef): Graphics | undefined {
  return spec.devices?.graphics?.find(({ type }) => type === 'vnc');
}

async function listensOn({ monitor, signal }: LiveWork): Promise<Address | undefined> {
  const [vnc] = await say<VncServer[]>(monitor, 'query-vnc-servers', undefined, signal);
  const place = vnc?.server.find(({ websocket }) => !websocket);
  if (place === undefined) return undefined;
  const { family, host, service } = place;
  return family === 'unix' ? { type: 'unix', path: service } : { type: 'inet', host, port: service };
}

/** Where it is to listen, in the order of trying: a port that was chosen by itself is kept, or else another one chosen. */
async function* addressesOf(
  screen: Graphics,
  before: Graphics | undefined,
  found: Address | undefined,
  { session, deps, after }: LiveWork,
): AsyncIterable<Address> {
  const { listen: host = '127.0.0.1', port = 0, autoport } = screen;
  const inet = (at: number | string): Address => ({ type: 'inet', host, port: String(at) });
  const path = screenSocket(screen, session.directory);
  if (path !== undefined) return yield { type: 'unix', path };
  if (port > 0 && autoport !== true) return yield inet(port);
  if (before?.autoport === true && found?.type === 'inet') yield inet(found.port);
  const only = { ...after, spec: { ...after.spec, devices: { graphics: [screen] } } };
  const [chosen = 0] = await displayPorts(only, deps);
  yield inet(chosen);
}

async function listenOn(address: Address, { monitor, signal }: LiveWork): Promise<void> {
  await say(monitor, 'display-update', { type: 'vnc', addresses: [address] }, signal);
}
