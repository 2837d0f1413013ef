import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain, PowerIntent, SavedState, StopRecord } from '../../model/domain-live.ts';
import { renamed } from '../../model/renamed.ts';
import type { ResourceKey } from '../../model/resource.ts';
import { isActive, isUp } from './drift.ts';
import { goesOn } from './goes-on.ts';

type Start = Extract<DomainAction, { type: 'start' }>;

/** The pure model of success: what a domain becomes when the action works. */
export function applyDomain(
  live: LiveDomain | undefined,
  action: DomainAction,
  key: ResourceKey<'Domain'>,
): LiveDomain | undefined {
  switch (action.type) {
    case 'define':
      return define(live, action.def, key);
    case 'start':
      return live && start(live, action);
    case 'shutdown':
    case 'destroy':
      return live && isActive(live) ? stopped(live, isUp(live), action.forHost) : live;
    case 'save':
      return live && isUp(live) ? { ...stopped(live, true, action.forHost), saved: savedOf(live) } : live;
    case 'discard-save':
      return live && withoutSaved(live);
    case 'reap':
      return live && isActive(live) && !isUp(live) ? stopped(live, false) : live;
    case 'pause':
      return live?.state === 'running' ? { ...live, state: 'paused', runState: 'paused' } : live;
    case 'unpause':
      return live?.state === 'paused' ? { ...live, state: 'running', runState: 'running' } : live;
    case 'reset':
    case 'checkpoint':
    case 'go-back':
    case 'drop-checkpoint':
      return live;
    case 'update':
      return live && isUp(live) ? withRunning(live, action.def) : live;
    case 'catch-reboot':
      return live && isUp(live) ? { ...live, catchesReboot: action.catch } : live;
    case 'undefine':
      return undefined;
  }
}

/** The same machine under another name. */
export function renameDomain(live: LiveDomain, to: ResourceKey<'Domain'>): LiveDomain {
  const { defined, running } = live;
  return {
    ...live,
    name: to.name,
    ...(defined ? { defined: renamed(defined, to) } : {}),
    ...(running ? { running: renamed(running, to) } : {}),
  };
}

function define(live: LiveDomain | undefined, def: DomainDef, { name }: ResourceKey): LiveDomain {
  const uuid = def.spec.uuid ?? live?.uuid ?? '';
  if (live) return { ...live, uuid, defined: def };
  return { name, uuid, state: 'shutoff', starts: 0, bootId: '', defined: def };
}

/** Starts what is down, and carries on a start that was cut off. */
function start(live: LiveDomain, { def, paused, autostart }: Start): LiveDomain {
  const halfStarted = isUp(live) && live.runState === 'prelaunch';
  if (isActive(live) && !halfStarted) return live;
  const { lastStop: _, intent, saved: __, ...rest } = live;
  return {
    ...rest,
    state: paused ? 'paused' : 'running',
    runState: paused ? 'prelaunch' : 'running',
    running: goesOn(live) ?? (halfStarted ? (live.running ?? def) : def),
    ...(halfStarted ? {} : { catchesReboot: false }),
    starts: halfStarted ? live.starts : live.starts + 1,
    ...(intent ? { intent: fulfilled(intent) } : {}),
    ...(autostart ? { autostartedBoot: live.bootId } : {}),
  };
}

function fulfilled({ restart: _, ...intent }: PowerIntent): PowerIntent {
  return intent;
}

/** What others had changed is what this step started from. */
function withRunning({ applied: _, drifted: __, ...live }: LiveDomain, running: DomainDef): LiveDomain {
  return { ...live, running };
}

function savedOf({ running, defined, name }: LiveDomain): SavedState {
  const def = running ?? defined;
  if (!def) throw new Error(`${name} runs without a definition`);
  return { file: `/save/${name}`, bytes: 0, sha256: '', at: '', def };
}

function withoutSaved({ saved: _, ...live }: LiveDomain): LiveDomain {
  return live;
}

function stopped(live: LiveDomain, byUs: boolean, forHost = false): LiveDomain {
  const { running: _, pid: __, runState: ___, degraded: ____, catchesReboot: _____, ...rest } = live;
  const reason = live.state === 'crashed' ? 'guest-panic' : 'guest-shutdown';
  const stop: StopRecord = byUs
    ? { reason: 'host-qmp-quit', byUs, at: '', bootId: live.bootId, ...(forHost ? { forHost } : {}) }
    : (live.lastStop ?? { reason, byUs, at: '', bootId: live.bootId });
  return { ...rest, state: 'shutoff', lastStop: stop };
}
