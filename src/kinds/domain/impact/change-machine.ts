import type { DomainDef, DomainSpec } from '../../../model/domain.ts';
import type { LiveStep, Tried } from './live-steps.ts';

/** Steps for what is the machine's own: processors, memory, threads. */
export function* changeMachine(
  from: DomainDef,
  { spec: wanted }: DomainDef,
  tried: Tried,
): Iterable<LiveStep> {
  let def = from;
  const becomes = (change: Partial<DomainSpec>): DomainDef => {
    def = { ...def, spec: { ...def.spec, ...change } };
    return def;
  };
  const { vcpus, memory, currentMemory, iothreads = 0, devices, individualVcpus, iothreadIds } = from.spec;
  const current = wanted.vcpus?.current;
  // Processors and threads that are listed one by one are more than a count.
  const listed = individualVcpus !== undefined || wanted.individualVcpus !== undefined;
  const numbered = iothreadIds !== undefined || wanted.iothreadIds !== undefined;
  const lowers = (wanted.vcpus?.maximum ?? 0) < (vcpus?.maximum ?? 0);
  if (
    vcpus &&
    !listed &&
    current !== undefined &&
    current !== vcpus.current &&
    current <= vcpus.maximum &&
    !lowers &&
    tried({ operation: 'vcpus' })
  )
    yield {
      change: { operation: 'vcpus' },
      def: becomes({ vcpus: { ...vcpus, current } }),
      impact: current > (vcpus.current ?? vcpus.maximum) ? 'live' : 'guest',
    };
  const target = wanted.currentMemory;
  const balloon = devices?.memballoon !== undefined && devices.memballoon.model !== 'none';
  // While another size waits for a restart, the guest keeps what it has.
  const mayBalloon = balloon && wanted.memory === memory && tried({ operation: 'balloon' });
  if (mayBalloon && target !== undefined && target !== currentMemory)
    yield { change: { operation: 'balloon' }, def: becomes({ currentMemory: target }), impact: 'guest' };
  const threads = wanted.iothreads ?? 0;
  const mayThread = !numbered && threads >= mostUsed(from.spec) && tried({ operation: 'iothreads' });
  if (mayThread && threads !== iothreads) {
    const { iothreads: _, ...rest } = def.spec;
    def = { ...def, spec: wanted.iothreads === undefined ? rest : { ...rest, iothreads: threads } };
    yield { change: { operation: 'iothreads' }, def, impact: 'live' };
  }
}

/** The highest thread that a device works in. */
function mostUsed({ devices }: DomainSpec): number {
  const users = [...(devices?.disks ?? []), ...(devices?.controllers ?? [])];
  return Math.max(0, ...users.map(({ iothread = 0 }) => iothread));
}
