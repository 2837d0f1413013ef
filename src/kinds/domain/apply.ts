import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { ResourceKey } from '../../model/resource.ts';
import { diff } from '../diff.ts';
import { domainImpact } from './impact.ts';

/** The pure model of success: what a domain becomes when the action works. */
export function applyDomain(
  live: LiveDomain | undefined,
  action: DomainAction,
  key: ResourceKey<'Domain'>,
): LiveDomain | undefined {
  switch (action.type) {
    case 'define': {
      const before = live ?? {
        name: key.name,
        uuid: action.def.spec.uuid ?? '',
        state: 'shutoff',
        starts: 0,
        bootId: '',
      };
      // What does nothing to the guest takes effect by being written down.
      const harmless =
        before.running && diff(before.running, action.def).every(({ path }) => domainImpact(path) === 'none');
      return {
        ...before,
        uuid: action.def.spec.uuid ?? before.uuid,
        defined: action.def,
        ...(harmless ? { running: action.def } : {}),
      };
    }
    case 'start': {
      if (!live || live.state === 'running' || live.state === 'paused') return live;
      const { lastStop: _, runState: __, ...rest } = live;
      const intent = live.intent?.restart ? withoutRestart(live) : live.intent;
      return {
        ...rest,
        state: action.paused ? 'paused' : 'running',
        running: action.def,
        starts: live.starts + 1,
        ...(intent ? { intent } : {}),
        ...(action.autostart ? { autostartedBoot: live.bootId } : {}),
      };
    }
    case 'shutdown':
    case 'destroy':
    case 'reap':
      return live?.running ? stopped(live) : live;
    case 'suspend':
      return live?.state === 'running' ? { ...live, state: 'paused' } : live;
    case 'resume':
      return live?.state === 'paused' ? { ...live, state: 'running' } : live;
    case 'reset':
      return live;
    case 'undefine':
      return undefined;
  }
}

function stopped(live: LiveDomain): LiveDomain {
  const { running: _, pid: __, runState: ___, ...rest } = live;
  const reason =
    live.state === 'crashed'
      ? 'guest-panic'
      : live.state === 'in shutdown'
        ? 'guest-shutdown'
        : 'host-qmp-quit';
  const byUs = live.state !== 'crashed' && live.state !== 'in shutdown';
  return {
    ...rest,
    state: 'shutoff',
    lastStop: live.lastStop ?? { reason, byUs, at: '', bootId: live.bootId },
  };
}

function withoutRestart(live: LiveDomain): LiveDomain['intent'] {
  if (!live.intent) return undefined;
  const { restart: _, ...intent } = live.intent;
  return intent;
}
