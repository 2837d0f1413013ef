import type { DomainSpec, IndividualVcpu } from '../../model/domain.ts';

/** vCPUs that are there from the first moment; the others can be added while the guest runs. */
export function coldVcpus(spec: Pick<DomainSpec, 'vcpus' | 'individualVcpus'>): number {
  const maximum = spec.vcpus?.maximum ?? 1;
  const states = spec.individualVcpus;
  if (states === undefined) return spec.vcpus?.current ?? maximum;
  // What the list does not name is not there.
  return states.filter(({ id, enabled, hotpluggable }) => id < maximum && enabled && hotpluggable !== true)
    .length;
}

/** vCPUs that are added before the guest runs, in their order. */
export function pluggedVcpus({
  individualVcpus = [],
}: Pick<DomainSpec, 'individualVcpus'>): readonly IndividualVcpu[] {
  return individualVcpus
    .filter(({ enabled, hotpluggable }) => enabled && hotpluggable === true)
    .sort((a, b) => (a.order ?? a.id) - (b.order ?? b.id));
}
