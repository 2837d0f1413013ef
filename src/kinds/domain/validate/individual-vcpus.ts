import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** The state of single vCPUs: which are there at start, and which can be taken away. */
export function checkIndividualVcpus({ individualVcpus, vcpus }: DomainSpec, report: Report): void {
  if (individualVcpus === undefined) return;
  const maximum = vcpus?.maximum ?? 1;
  const seen = new Set<number>();
  const ordered = individualVcpus.filter(({ enabled, order }) => enabled && order !== undefined).length;
  const enabledCount = individualVcpus.filter(({ enabled }) => enabled).length;
  if (individualVcpus.every(({ id }) => id !== 0))
    report('missing-field', 'spec.individualVcpus', 'vCPU 0 must be there', 'list it with enabled: true');
  individualVcpus.forEach(({ id, enabled, hotpluggable, order }, index) => {
    const path = `spec.individualVcpus[${index}]`;
    if (seen.has(id)) report('conflicting-options', `${path}.id`, `vCPU ${id} is listed twice`);
    seen.add(id);
    if (id >= maximum)
      report('missing-reference', `${path}.id`, `there is no vCPU ${id}: vcpus.maximum is ${maximum}`);
    if (!enabled && hotpluggable === false)
      report(
        'conflicting-options',
        `${path}.hotpluggable`,
        `vCPU ${id} is not there and cannot be added: it would be of no use`,
        'set hotpluggable: true',
      );
    if (id === 0 && !enabled) report('conflicting-options', `${path}.enabled`, 'vCPU 0 must be there');
    if (id === 0 && hotpluggable === true)
      report('conflicting-options', `${path}.hotpluggable`, 'vCPU 0 cannot be taken away');
    if (id === 0 && order !== undefined && order !== 1)
      report('conflicting-options', `${path}.order`, 'vCPU 0 comes first', 'set order: 1');
    if (order !== undefined && order > maximum)
      report('invalid-value', `${path}.order`, `order must be at most ${maximum}`);
    if (enabled && order === undefined && ordered > 0 && ordered < enabledCount)
      report('missing-field', `${path}.order`, 'either all vCPUs that are there have an order, or none');
  });
}
