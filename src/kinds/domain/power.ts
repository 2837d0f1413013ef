import type { DomainDef, RunStrategy } from '../../model/domain.ts';
import type { LiveDomain, ShutdownReason } from '../../model/domain-live.ts';

/** What the run strategy, a person's order and the last stop together ask for. */
export interface PowerVerdict {
  /** `any`: neither asked for nor forbidden. */
  readonly want: 'running' | 'stopped' | 'any';
  readonly reason: string;
  /** This start is the autostart of this host boot, to be marked when done. */
  readonly autostart?: boolean;
}

/** The guest went down by itself and cleanly (QAPI ShutdownCause). */
const clean: ReadonlySet<ShutdownReason> = new Set(['guest-shutdown', 'guest-reset']);

/** Whether a domain that is down should run, or one that runs should be down. Pure: the whole table of DESIGN part 2. */
export function powerVerdict(def: DomainDef, live: LiveDomain): PowerVerdict {
  const strategy = def.spec.runStrategy ?? 'Always';
  if (strategy === 'Halted') return { want: 'stopped', reason: 'runStrategy Halted' };
  if (strategy === 'Always') return { want: 'running', reason: 'runStrategy Always' };
  const ordered = byOrder(live, strategy);
  if (ordered) return ordered;
  if (strategy === 'Manual') return manual(def, live);
  const stop = live.lastStop;
  if (strategy === 'Once') {
    return live.starts === 0 || stop?.reason === 'start-failed'
      ? { want: 'running', reason: 'runStrategy Once, not run yet' }
      : { want: 'any', reason: 'runStrategy Once, has run' };
  }
  if (!stop) return { want: 'running', reason: `runStrategy ${strategy}` };
  if (clean.has(stop.reason)) return { want: 'any', reason: `${strategy}: the guest shut itself down` };
  return { want: 'running', reason: `${strategy}: last stop was ${stop.reason}` };
}

/** A person's standing order. Start and stop each hold until the other, or until the guest itself decides. */
function byOrder(live: LiveDomain, strategy: RunStrategy): PowerVerdict | undefined {
  const { intent, lastStop } = live;
  if (!intent) return undefined;
  if (intent.want === 'stopped') return { want: 'stopped', reason: `stopped by ${intent.by}` };
  // A start is fulfilled by running once; what comes after is the strategy's affair.
  const stoppedSince = lastStop !== undefined && lastStop.at >= intent.at;
  if (!stoppedSince && live.state !== 'running' && live.state !== 'paused') {
    return { want: 'running', reason: `started by ${intent.by}` };
  }
  if (!stoppedSince && strategy === 'Manual') return { want: 'any', reason: `started by ${intent.by}` };
  return undefined;
}

function manual(def: DomainDef, live: LiveDomain): PowerVerdict {
  if (def.spec.autostart && live.autostartedBoot !== live.bootId) {
    return { want: 'running', reason: 'autostart of this host boot', autostart: true };
  }
  return { want: 'any', reason: 'runStrategy Manual' };
}
