import { allIothreads } from '../../../kinds/domain/all-iothreads.ts';
import type { DomainSpec, IothreadPool } from '../../../model/domain.ts';
import type { Arguments, Properties } from './arguments.ts';

/** Threads of their own for disks, and the pool of the main loop. */
export function buildIothreads(spec: DomainSpec, args: Arguments): void {
  for (const { id, pollMax, pollGrow, pollShrink, ...pool } of allIothreads(spec))
    args.json('-object', {
      'qom-type': 'iothread',
      id: `iothread${id}`,
      ...poolProperties(pool),
      'poll-max-ns': pollMax,
      'poll-grow': pollGrow,
      'poll-shrink': pollShrink,
    });
  const pool = poolProperties(spec.defaultIothread ?? {});
  if (Object.values(pool).some((value) => value !== undefined))
    args.json('-object', { 'qom-type': 'main-loop', id: 'main-loop', ...pool });
}

function poolProperties({ threadPoolMin, threadPoolMax }: IothreadPool): Properties {
  return { 'thread-pool-min': threadPoolMin, 'thread-pool-max': threadPoolMax };
}
