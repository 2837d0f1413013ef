import type { DiagnosticCode } from '../../../model/diagnostic.ts';
import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';

/** One thing that cannot be: where it stands, when it is so, what is wrong with it, and the way out. */
export interface Rule<T> {
  /** Field of the device, or `''` for the device itself. */
  readonly at: string;
  readonly when: (one: T, spec: DomainSpec) => boolean;
  readonly says: string;
  readonly instead?: string;
  /** Default: conflicting-options. */
  readonly code?: DiagnosticCode;
  /** A machine starts with it, and libvirt takes it without a word: a warning. */
  readonly isHarmless?: boolean;
}

export function checkRules<T>(
  rules: readonly Rule<T>[],
  one: T,
  path: string,
  spec: DomainSpec,
  report: Report,
): void {
  for (const { at, when, says, instead, code = 'conflicting-options', isHarmless } of rules)
    if (when(one, spec))
      report(code, at === '' ? path : `${path}.${at}`, says, instead, isHarmless ? 'warning' : undefined);
}

export function checkEach<T>(
  rules: readonly Rule<T>[],
  devices: readonly T[] | undefined,
  path: string,
  spec: DomainSpec,
  report: Report,
): void {
  devices?.forEach((one, index) => {
    checkRules(rules, one, `${path}[${index}]`, spec, report);
  });
}

/** One rule for each of these fields: it may not be written when `when` says so. */
export function unwanted<T>(
  fields: readonly (keyof T & string)[],
  when: Rule<T>['when'],
  says: string,
  instead = 'leave it out',
): Rule<T>[] {
  return fields.map((field) => ({
    at: field,
    when: (one, spec) => one[field] !== undefined && when(one, spec),
    says: `${field} ${says}`,
    instead,
  }));
}
