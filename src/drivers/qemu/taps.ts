import { shortId } from '../../host/paths.ts';
import { run } from '../../host/processes.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Interface } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** The tap of one interface: the same name at every start, so that one left over is found again. */
export function tapName(uuid: string, alias: string): string {
  return `qv${shortId(`${uuid}/${alias}`).replace(/[^A-Za-z0-9]/g, 'x')}`;
}

function ours(def: DomainDef): Interface[] {
  return (def.spec.devices?.interfaces ?? []).filter(
    ({ type, managed }) => (type === 'bridge' || type === 'ethernet') && managed !== false,
  );
}

/** Makes the taps of a domain, tagged as ours, and puts them into their bridges. */
export async function makeTaps(def: DomainDef, signal: AbortSignal): Promise<string[]> {
  const uuid = def.spec.uuid ?? '';
  const made: string[] = [];
  for (const card of ours(def)) {
    const name = card.target ?? tapName(uuid, card.alias ?? '');
    const ip = (...args: string[]) => run('ip', args, { signal, timeout: 5_000 });
    try {
      await removeTap(name, uuid);
      const queues = card.queues !== undefined && card.queues > 1 ? ['multi_queue'] : [];
      await ip('tuntap', 'add', 'dev', name, 'mode', 'tap', 'vnet_hdr', ...queues);
      made.push(name);
      await ip('link', 'set', 'dev', name, 'alias', `qonverge:${uuid}`);
      if (card.mtu !== undefined) await ip('link', 'set', 'dev', name, 'mtu', String(card.mtu));
      if (card.bridge !== undefined) await ip('link', 'set', 'dev', name, 'master', card.bridge);
      await ip('link', 'set', 'dev', name, 'up');
    } catch (cause) {
      for (const tap of made) await removeTap(tap, uuid);
      if (cause instanceof Failure && cause.code === 'cancelled') throw cause;
      const where = card.bridge === undefined ? '' : ` in bridge ${card.bridge}`;
      throw new Failure('network-failed', `cannot make tap ${name}${where}: ${(cause as Error).message}`, {
        cause,
        retry: { after: 10_000 },
        ...(card.bridge === undefined
          ? {}
          : { suggestion: `is there a bridge ${card.bridge}? \`ip link show type bridge\`` }),
      });
    }
  }
  return made;
}

/** Puts the tap of a card that runs into the bridge that its definition names. */
export async function moveTap(card: Interface, uuid: string, signal: AbortSignal): Promise<void> {
  const { alias = '', target = tapName(uuid, alias), bridge = '' } = card;
  await run('ip', ['link', 'set', 'dev', target, 'master', bridge], { signal, timeout: 5_000 }).catch(
    (cause: Error) => {
      throw new Failure('network-failed', `cannot move ${target} to bridge ${bridge}: ${cause.message}`, {
        cause,
        retry: { after: 10_000 },
        suggestion: `is there a bridge ${bridge}? \`ip link show type bridge\``,
      });
    },
  );
}

/** Removes a tap only when it bears our tag. */
export async function removeTap(name: string, uuid: string): Promise<void> {
  const { stdout, exitCode } = await run('ip', ['-j', 'link', 'show', 'dev', name], {
    allowedExitCodes: [1],
    timeout: 5_000,
  });
  if (exitCode !== 0) return;
  const [link] = JSON.parse(stdout || '[]') as { ifalias?: string }[];
  if (link?.ifalias === `qonverge:${uuid}`)
    await run('ip', ['link', 'delete', 'dev', name], { allowedExitCodes: [1], timeout: 5_000 });
}

export async function removeTaps(def: DomainDef): Promise<void> {
  for (const card of ours(def))
    await removeTap(card.target ?? tapName(def.spec.uuid ?? '', card.alias ?? ''), def.spec.uuid ?? '');
}
