import type { DomainDef } from '../../model/domain.ts';
import type { DomainAction } from '../../model/domain-action.ts';
import type { LiveDomain } from '../../model/domain-live.ts';
import type { Change, Held, Impact, Step } from '../../model/plan.ts';
import type { KindPlan, PlanInput } from '../contract.ts';
import { isActive, isUp, pendingChanges } from './drift.ts';
import { powerVerdict } from './power.ts';

type DomainStep = Step<'Domain'>;

/** Seconds between a polite request and force, when the spec says nothing. */
export const defaultGracePeriod = 60;

/** What to do about a domain's drift, and what its own policies forbid for now. */
export function planDomain(input: PlanInput<'Domain'>): KindPlan<'Domain'> {
  const { key, desired, live, changes } = input;
  if (live?.state === 'unknown') {
    const message = live.confusion ?? 'cannot be proven alive or dead; nothing is touched';
    return { steps: [], held: [{ key, reason: 'Unknown', message, impact: 'none', changes, actions: [] }] };
  }
  if (!desired) return live ? removal(input, live) : { steps: [], held: [] };
  const steps: DomainStep[] = [];
  const held: Held[] = [];
  const step = (action: DomainAction, impact: Impact, reason: string, about: readonly Change[] = []) =>
    steps.push({ key, action, impact, reason, changes: about });

  const stored = changes.filter(({ path }) => path !== 'state');
  if (!live?.defined) step({ type: 'define', def: desired }, 'none', 'not defined here yet', stored);
  else if (live.defined !== desired && stored.length > 0)
    step({ type: 'define', def: desired }, 'none', 'the spec changed', stored);

  const facts = live ?? absent(desired);
  const verdict = powerVerdict(desired, facts);
  const up = isUp(live);
  const pending = up ? pendingChanges(changes) : [];
  const start: DomainAction = {
    type: 'start',
    def: desired,
    ...(verdict.autostart ? { autostart: true } : {}),
  };

  if (live?.state === 'in shutdown' || live?.state === 'crashed') {
    if (live.state === 'in shutdown' || verdict.want === 'running')
      step({ type: 'reap' }, 'none', 'the guest has stopped; its QEMU is cleared away');
  }
  if (!up && verdict.want === 'running')
    step(
      start,
      'none',
      verdict.reason,
      changes.filter(({ path }) => path === 'state'),
    );
  else if (up && verdict.want === 'stopped') step(shutdown(desired, true), 'restart', verdict.reason);
  else if (up && facts.intent?.restart) {
    step(shutdown(desired, true), 'restart', `restart asked for by ${facts.intent.by}`, pending);
    step({ type: 'start', def: desired }, 'restart', `restart asked for by ${facts.intent.by}`);
  } else if (up && pending.length > 0) {
    if (desired.spec.restartPolicy === 'Immediate') {
      step(shutdown(desired, true), 'restart', 'restartPolicy Immediate', pending);
      step({ type: 'start', def: desired }, 'restart', 'restartPolicy Immediate');
    } else held.push(waiting(input, desired, pending));
  }
  return { steps, held };
}

function waiting({ key }: PlanInput<'Domain'>, desired: DomainDef, pending: readonly Change[]): Held {
  const policy = desired.spec.restartPolicy ?? 'Manual';
  const fields = pending
    .map(({ path }) => path)
    .slice(0, 3)
    .join(', ');
  const more = pending.length > 3 ? ` and ${pending.length - 3} more` : '';
  const message = `${fields}${more} need a restart; restartPolicy ${policy} waits for \`qonverge restart ${key.name}\``;
  return {
    key,
    reason: 'RestartPolicy',
    message,
    impact: 'restart',
    changes: pending,
    actions: ['shutdown', 'start'],
  };
}

function removal({ key, changes }: PlanInput<'Domain'>, live: LiveDomain): KindPlan<'Domain'> {
  const def = live.defined ?? live.running;
  const policy = def?.spec.deletionPolicy ?? 'Shutdown';
  const reason = `no spec declares it any more (deletionPolicy ${policy})`;
  const steps: DomainStep[] = [];
  if (isActive(live) && policy !== 'Orphan') {
    const action: DomainAction =
      policy === 'Destroy' || !isUp(live) || !def ? { type: 'destroy' } : shutdown(def, true);
    steps.push({ key, action, impact: 'restart', reason, changes });
  }
  const undefine: DomainAction = { type: 'undefine', ...(policy === 'Orphan' ? { keepRunning: true } : {}) };
  steps.push({ key, action: undefine, impact: 'none', reason, changes: steps.length === 0 ? changes : [] });
  return { steps, held: [] };
}

function shutdown(def: DomainDef, force: boolean): DomainAction {
  return { type: 'shutdown', gracePeriod: def.spec.terminationGracePeriod ?? defaultGracePeriod, force };
}

/** Nothing of it is here yet. */
function absent(desired: DomainDef): LiveDomain {
  return {
    name: desired.metadata.name,
    uuid: desired.spec.uuid ?? '',
    state: 'shutoff',
    starts: 0,
    bootId: '',
  };
}
