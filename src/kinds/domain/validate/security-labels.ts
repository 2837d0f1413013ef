import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** Labels of the domain, and those of single sources, which need relabelling. */
export function checkSecurityLabels({ seclabels = [], devices }: DomainSpec, report: Report): void {
  const models = new Set<string | undefined>();
  const fixed = new Set<string | undefined>();
  seclabels.forEach(({ type = 'dynamic', model, relabel, label, baselabel }, index) => {
    const path = `spec.seclabels[${index}]`;
    if (models.has(model))
      report(
        'conflicting-options',
        path,
        `there are two labels of ${model ?? 'no model'}`,
        'keep one of them',
      );
    models.add(model);
    if (seclabels.length > 1 && model === undefined)
      report('missing-field', `${path}.model`, 'of several labels each needs its model', 'add model');
    if (model === undefined && (type === 'static' || baselabel !== undefined))
      report('missing-field', `${path}.model`, 'this label needs its model', 'add model');
    if (type === 'static' && label === undefined)
      report('missing-field', `${path}.label`, 'a static label is missing', 'add label');
    if (type === 'dynamic' && relabel === false)
      report('conflicting-options', `${path}.relabel`, 'a dynamic label relabels', 'leave relabel out');
    if (type === 'none' && relabel === true)
      report(
        'conflicting-options',
        `${path}.relabel`,
        'without a label nothing is relabelled',
        'leave relabel out',
      );
    if (!(relabel ?? type === 'dynamic')) fixed.add(model);
  });
  for (const list of ['disks', 'serials', 'parallels', 'consoles', 'channels'] as const)
    devices?.[list]?.forEach(({ labels = [] }, index) => {
      const seen = new Set<string | undefined>();
      labels.forEach(({ model, relabel, label }, at) => {
        const path = `spec.devices.${list}[${index}].labels[${at}]`;
        if (seen.has(model))
          report(
            'conflicting-options',
            path,
            `there are two labels of ${model ?? 'no model'}`,
            'keep one of them',
          );
        seen.add(model);
        if (relabel === false && label !== undefined)
          report(
            'conflicting-options',
            path,
            'a label is given, and relabelling is off',
            'keep one of the two',
          );
        if (fixed.has(model))
          report(
            'conflicting-options',
            path,
            'the domain allows no relabelling, so neither does this source',
          );
      });
    });
}
