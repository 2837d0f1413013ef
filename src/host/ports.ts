import { createServer } from 'node:net';
import { Failure } from '../model/failure.ts';

/** The first TCP port from `first` on that can be bound on this address and is not taken by `avoid`. */
export async function freePort(host: string, first: number, avoid: ReadonlySet<number>): Promise<number> {
  for (let port = first; port < first + 2_000; port++) {
    if (!avoid.has(port) && (await canBind(host, port))) return port;
  }
  throw new Failure('network-failed', `no free TCP port from ${first} on ${host}`);
}

function canBind(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
        reject(new Failure('network-failed', `${host} is no address of this host`));
      else resolve(false);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
