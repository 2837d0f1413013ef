import type { Held, Impact, Step } from '../../model/plan.ts';
import type { VolumeAction } from '../../model/volume.ts';
import type { KindPlan, PlanInput } from '../contract.ts';

/** What to do about a volume's drift. A file is never made smaller, and never removed unless the spec said so. */
export function planVolume({ key, desired, live, changes }: PlanInput<'Volume'>): KindPlan<'Volume'> {
  const steps: Step<'Volume'>[] = [];
  const held: Held[] = [];
  const step = (action: VolumeAction, impact: Impact, reason: string) =>
    steps.push({ key, action, impact, reason, changes: steps.length === 0 ? changes : [] });
  const hold = (message: string, impact: Impact, actions: readonly string[]) =>
    held.push({ key, reason: 'NotSupported', message, impact, changes, actions });

  if (live?.confusion) {
    return {
      steps,
      held: [{ key, reason: 'Unknown', message: live.confusion, impact: 'none', changes, actions: [] }],
    };
  }
  if (!desired) {
    if (live?.exists && live.defined?.spec.reclaimPolicy === 'Delete')
      step({ type: 'delete' }, 'dataloss', 'no spec declares it any more (reclaimPolicy Delete)');
    if (live) step({ type: 'undefine' }, 'none', 'no spec declares it any more; the file stays');
    return { steps, held };
  }
  const { capacity } = desired.spec;
  if (changes.some(({ path, impact }) => path === 'capacity' && impact === 'dataloss')) {
    hold(`capacity ${capacity} is below the present ${live?.capacity}: a volume never shrinks`, 'dataloss', [
      'shrink',
    ]);
  }
  const other = changes.filter(({ path }) =>
    ['spec.format', 'spec.path', 'spec.backingFile'].some((row) => path.startsWith(row)),
  );
  if (live?.exists && live.defined && other.length > 0) {
    hold(
      `${other.map(({ path }) => path).join(', ')} cannot change under existing data; make a new volume`,
      'recreate',
      ['recreate'],
    );
    return { steps, held };
  }
  if (held.length > 0) return { steps, held };
  if (live?.defined !== desired && changes.some(({ path }) => path !== 'exists' && path !== 'capacity')) {
    step(
      { type: 'define', def: desired },
      'none',
      live?.defined ? 'the spec changed' : 'not defined here yet',
    );
  }
  if (!live?.exists) step({ type: 'create', def: desired }, 'none', 'there is no such file yet');
  else if ((live.capacity ?? 0) < capacity)
    step({ type: 'grow', def: desired, capacity }, 'live', `from ${live.capacity} to ${capacity} bytes`);
  return { steps, held };
}
