import type { ShutdownReason } from '../../model/domain-live.ts';
import type { KindRules } from '../contract.ts';
import { applyDomain, renameDomain } from './apply.ts';
import { domainClaims } from './claims.ts';
import { domainCodec } from './codec.ts';
import { completeDomain } from './complete.ts';
import { absentDomain, domainDrift, isUp } from './drift.ts';
import { goesOn } from './goes-on.ts';
import { domainImpact, impactRow } from './impact/lookup.ts';
import { isolateDomain } from './isolate.ts';
import { planDomain } from './plan.ts';
import { powerVerdict } from './power.ts';
import { domainDrifted } from './reconcile-mode.ts';
import { domainReferences } from './references.ts';
import { domainSchema } from './schema.ts';
import { domainTouches } from './touches.ts';
import { validateDomain } from './validate.ts';

const crashes: ReadonlySet<ShutdownReason> = new Set([
  'process-died',
  'start-failed',
  'guest-panic',
  'host-error',
  'host-signal',
]);

export const domainRules: KindRules<'Domain'> = {
  kind: 'Domain',
  schema: domainSchema,
  codec: domainCodec,
  order: 20,
  complete: completeDomain,
  validate: validateDomain,
  references: domainReferences,
  serves: (def, live) =>
    live?.state === 'running' || powerVerdict(def, live ?? absentDomain(def)).want === 'running',
  readiness: ({ spec }, live, instead) => {
    const probe = instead ?? spec.readiness;
    return probe && live && isUp(live) ? { probe, run: `${live.pid ?? ''}/${live.starts}` } : undefined;
  },
  safety: ({ spec }) =>
    spec.safety && {
      prepare: spec.safety.snapshot ? { type: 'checkpoint' } : undefined,
      probe: spec.safety.probe,
      timeout: spec.safety.timeout ?? 300,
      goBack: [{ type: 'destroy' }, { type: 'go-back' }],
      drop: { type: 'drop-checkpoint' },
    },
  claims: domainClaims,
  touches: domainTouches,
  drift: domainDrift,
  plan: planDomain,
  impact: domainImpact,
  impactCondition: (path) => impactRow(path)?.when,
  windows: ({ spec }) => (spec.restartPolicy === 'Window' ? (spec.maintenanceWindows ?? []) : []),
  apply: applyDomain,
  rename: renameDomain,
  isolate: isolateDomain,
  drifted: domainDrifted,
  goesOn,
  uses: (live) => [live.running ?? goesOn(live) ?? []].flat().flatMap(domainReferences),
  lastRun: (live, accepted) => (isUp(live) ? live.running : live.starts > 0 ? accepted : undefined),
  crash: ({ lastStop }) =>
    lastStop && crashes.has(lastStop.reason)
      ? { at: lastStop.at, reason: lastStop.detail ?? lastStop.reason }
      : undefined,
  summary: (live) =>
    live
      ? {
          state: live.state,
          uuid: live.uuid,
          ...(live.saved && goesOn(live) ? { saved: { at: live.saved.at, bytes: live.saved.bytes } } : {}),
          ...(live.runState ? { runState: live.runState } : {}),
          ...(live.pid === undefined ? {} : { pid: live.pid }),
        }
      : { state: 'nostate' },
};
