import type { DomainDef } from '../../model/domain.ts';
import type { LiveDomain, PowerIntent, ShutdownReason } from '../../model/domain-live.ts';
import { isPeoples } from '../../model/reconcile-mode.ts';

/** What the run strategy, a person's order and the last stop together ask for. */
export interface PowerVerdict {
  /** `any`: neither asked for nor forbidden. */
  readonly want: 'running' | 'stopped' | 'any';
  readonly reason: string;
  /** This start is the autostart of this host boot, to be marked when done. */
  readonly autostart?: boolean;
}

/** The guest went down by itself and cleanly (QAPI ShutdownCause); `guest-reset` ends only with onReboot destroy. */
const clean: ReadonlySet<ShutdownReason> = new Set(['guest-shutdown', 'guest-reset']);

/**
 * Whether a domain that is down should run, or one that runs should be down: the whole table of run strategies. Decides
 * from reasons and counts, never from wall time.
 */
export function powerVerdict(def: DomainDef, live: LiveDomain): PowerVerdict {
  const strategy = def.spec.runStrategy ?? 'Always';
  const { intent, lastStop, state } = live;
  const order = isPeoples(def.metadata.annotations) ? openOrder(live) : undefined;
  if (order) return order;
  if (strategy === 'Halted') return { want: 'stopped', reason: 'runStrategy Halted' };
  if (isPreserved(def, live)) return { want: 'any', reason: `${state}: preserved for a person to look at` };
  if (strategy === 'Always') return { want: 'running', reason: 'runStrategy Always' };
  if (isAutostart(def, live)) {
    return { want: 'running', reason: 'autostart of this host boot', autostart: true };
  }
  if (intent?.want === 'stopped' && !isOverruled(intent, live))
    return { want: 'stopped', reason: `stopped by ${intent.by}` };
  if (intent && isOpen(intent, live)) return { want: 'running', reason: `started by ${intent.by}` };
  if (lastStop?.forHost && (live.saved || strategy !== 'Once'))
    return { want: 'running', reason: 'it ran when the host was shut down' };
  if (lastStop?.rebooting) return { want: 'running', reason: 'the guest rebooted' };
  if (strategy === 'Manual') return { want: 'any', reason: 'runStrategy Manual' };
  if (strategy === 'Once') {
    return live.starts === 0
      ? { want: 'running', reason: 'runStrategy Once, not run yet' }
      : { want: 'any', reason: 'runStrategy Once, has run' };
  }
  if (!lastStop) return { want: 'running', reason: `runStrategy ${strategy}` };
  return clean.has(lastStop.reason)
    ? { want: 'any', reason: `${strategy}: the guest shut itself down` }
    : { want: 'running', reason: `${strategy}: last stop was ${lastStop.reason}` };
}

/** What stands of what people ordered, whatever the strategy says; that it goes on after the host's shutdown is such an order. */
export function openOrder(live: LiveDomain): PowerVerdict | undefined {
  const { intent, lastStop } = live;
  if (intent?.want === 'stopped') return { want: 'stopped', reason: `stopped by ${intent.by}` };
  if (intent && isOpen(intent, live)) return { want: 'running', reason: `started by ${intent.by}` };
  return lastStop?.forHost && live.state === 'shutoff'
    ? { want: 'running', reason: 'it ran when the host was shut down' }
    : undefined;
}

/** A person's order to run is fulfilled by one start more; what comes after that is the strategy's affair. */
function isOpen({ want, restart, starts }: PowerIntent, live: LiveDomain): boolean {
  return want === 'running' && (restart === true || live.starts <= (starts ?? 0));
}

/** A stop of an earlier boot ended with the autostart of this one. */
function isOverruled(intent: PowerIntent, { autostartedBoot, bootId }: LiveDomain): boolean {
  return autostartedBoot === bootId && intent.bootId !== bootId;
}

/** Once per host boot, unless it ran in this boot already or a person stopped it in this boot. */
function isAutostart(def: DomainDef, { autostartedBoot, bootId, intent, lastStop }: LiveDomain): boolean {
  if (def.spec.runStrategy !== 'Manual' || !def.spec.autostart || autostartedBoot === bootId) return false;
  if (intent?.want === 'stopped' && intent.bootId === bootId) return false;
  return (
    lastStop === undefined ||
    lastStop.bootId !== bootId ||
    lastStop.reason === 'host-reboot' ||
    lastStop.reason === 'start-failed'
  );
}

/** onCrash or onPoweroff `preserve`: the stopped QEMU stays until a person restarts or stops it. */
function isPreserved({ spec }: DomainDef, { state, intent }: LiveDomain): boolean {
  if (intent?.restart || intent?.want === 'stopped') return false;
  return (
    (state === 'crashed' && spec.onCrash === 'preserve') ||
    (state === 'in shutdown' && spec.onPoweroff === 'preserve')
  );
}

/** Why a person's order cannot hold against the run strategy, with the way out; undefined when it can. */
export function refusedOrder(
  def: DomainDef,
  want: PowerIntent['want'],
): { readonly message: string; readonly suggestion: string } | undefined {
  const strategy = def.spec.runStrategy ?? 'Always';
  const { name, annotations } = def.metadata;
  if (isPeoples(annotations)) return undefined;
  if (want === 'stopped' && strategy === 'Always') {
    return {
      message: `runStrategy Always would start ${name} again`,
      suggestion: `write runStrategy: Halted, or UnlessStopped; or \`qonverge suspend ${name}\` first`,
    };
  }
  if (want === 'running' && strategy === 'Halted') {
    return { message: `runStrategy Halted keeps ${name} down`, suggestion: 'write another runStrategy' };
  }
  return undefined;
}
