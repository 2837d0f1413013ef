import { run } from '../../host/processes.ts';

/** A network interface of the host: the part of `ip -j link` that is asked for. */
export interface NetworkLink {
  readonly ifindex: number;
  readonly mtu: number;
  readonly ifalias?: string;
}

/** Asked of the kernel by name: `/sys` may be mounted for another network namespace than ours. Undefined: there is none. */
export async function networkLink(name: string): Promise<NetworkLink | undefined> {
  const { stdout, exitCode } = await run('ip', ['-j', 'link', 'show', 'dev', name], {
    allowedExitCodes: [1],
    timeout: 5_000,
  });
  if (exitCode !== 0) return undefined;
  return (JSON.parse(stdout || '[]') as NetworkLink[])[0];
}
