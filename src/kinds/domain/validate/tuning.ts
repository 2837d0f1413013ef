import type { DomainSpec, IothreadPool } from '../../../model/domain.ts';
import { parseNumberSet } from '../../../model/number-set.ts';
import { allIothreads } from '../all-iothreads.ts';
import type { Report } from './report.ts';

/** How the host shares its CPUs and devices. */
export function checkTuning(spec: DomainSpec, report: Report): void {
  checkQuotas(spec, report);
  checkPins(spec, report);
  checkSchedulers(spec, report);
  checkResourceControl(spec, report);
  checkIothreads(spec, report);
  const paths = new Set<string>();
  spec.blkiotune?.devices?.forEach(({ path }, index) => {
    if (paths.has(path))
      report('conflicting-options', `spec.blkiotune.devices[${index}].path`, `${path} is listed twice`);
    paths.add(path);
  });
  if (spec.memtune?.minGuarantee !== undefined)
    report('not-supported', 'spec.memtune.minGuarantee', 'QEMU cannot promise memory', 'leave it out');
  const { resource } = spec;
  if (resource !== undefined && Object.keys(resource).length === 0)
    report('missing-field', 'spec.resource', 'a partition or an application id is missing');
  const events = new Set<string>();
  spec.perf?.forEach(({ name }, index) => {
    if (events.has(name))
      report('conflicting-options', `spec.perf[${index}].name`, `event ${name} is listed twice`);
    events.add(name);
  });
}

function checkQuotas({ cputune = {} }: DomainSpec, report: Report): void {
  if (cputune.shares === 1 || (cputune.shares ?? 0) > 262_144)
    report('invalid-value', 'spec.cputune.shares', 'a weight is from 2 to 262144', 'use 2 or more');
  for (const field of ['quota', 'globalQuota', 'emulatorQuota', 'iothreadQuota'] as const) {
    const quota = cputune[field];
    if (quota !== undefined && quota > 0 && quota < 1000)
      report(
        'invalid-value',
        `spec.cputune.${field}`,
        `a quota must be 1000 microseconds or more, not ${quota}`,
        'use -1 for no limit',
      );
  }
}

function checkPins(spec: DomainSpec, report: Report): void {
  const { vcpuPins = [], iothreadPins = [] } = spec.cputune ?? {};
  const vcpus = new Set<number>();
  vcpuPins.forEach(({ vcpu }, index) => {
    const path = `spec.cputune.vcpuPins[${index}].vcpu`;
    if (vcpus.has(vcpu)) report('conflicting-options', path, `vCPU ${vcpu} is pinned twice`);
    else if (vcpu >= (spec.vcpus?.maximum ?? 1))
      report(
        'missing-reference',
        path,
        `there is no vCPU ${vcpu}: this pin does nothing`,
        undefined,
        'warning',
      );
    vcpus.add(vcpu);
  });
  const ids = new Set(allIothreads(spec).map(({ id }) => id));
  const pinned = new Set<number>();
  iothreadPins.forEach(({ iothread }, index) => {
    const path = `spec.cputune.iothreadPins[${index}].iothread`;
    if (!ids.has(iothread)) report('missing-reference', path, `there is no I/O thread ${iothread}`);
    if (pinned.has(iothread)) report('conflicting-options', path, `I/O thread ${iothread} is pinned twice`);
    pinned.add(iothread);
  });
}

function checkSchedulers(spec: DomainSpec, report: Report): void {
  const { vcpuScheds = [], iothreadScheds = [], emulatorSched } = spec.cputune ?? {};
  const maximum = spec.vcpus?.maximum ?? 1;
  const ids = new Set(allIothreads(spec).map(({ id }) => id));
  const tables = [
    { name: 'vcpuScheds', field: 'vcpus', list: vcpuScheds, exists: (id: number) => id < maximum },
    { name: 'iothreadScheds', field: 'iothreads', list: iothreadScheds, exists: (id: number) => ids.has(id) },
  ] as const;
  for (const { name, field, list, exists } of tables) {
    const taken = new Set<number>();
    list.forEach((sched, index) => {
      const path = `spec.cputune.${name}[${index}]`;
      checkPriority(sched, path, report);
      const members = (sched as { vcpus?: string; iothreads?: string })[field];
      if (members === undefined) report('missing-field', `${path}.${field}`, `${field} is missing`);
      const numbers = parseNumberSet(members ?? '') ?? [];
      const missing = numbers.find((id) => !exists(id));
      if (missing !== undefined)
        report('missing-reference', `${path}.${field}`, `there is no number ${missing} among the ${field}`);
      if (numbers.some((id) => taken.has(id)))
        report('conflicting-options', `${path}.${field}`, `some of these ${field} have a scheduler already`);
      for (const id of numbers) taken.add(id);
    });
  }
  if (emulatorSched !== undefined) checkPriority(emulatorSched, 'spec.cputune.emulatorSched', report);
}

function checkPriority(
  { scheduler, priority }: { readonly scheduler: string; readonly priority?: number },
  path: string,
  report: Report,
): void {
  if ((scheduler === 'fifo' || scheduler === 'rr') && priority === undefined)
    report('missing-field', `${path}.priority`, `${scheduler} needs a priority`, '1 to 99');
}

function checkResourceControl({ cputune = {}, accel }: DomainSpec, report: Report): void {
  const groups: { name: string; path: string; vcpus: readonly number[]; text: string }[] = [];
  for (const name of ['cacheTunes', 'memoryTunes'] as const)
    cputune[name]?.forEach((tune, index) => {
      const path = `spec.cputune.${name}[${index}]`;
      if (accel === 'tcg')
        report('conflicting-options', path, 'only vCPUs of KVM can have shares of a cache');
      const vcpus = parseNumberSet(tune.vcpus) ?? [];
      const monitored = new Set<string>();
      const parts = new Set<string>();
      for (const { id, level, type } of 'caches' in tune ? (tune.caches ?? []) : []) {
        const part = `${type} of cache ${id}, level ${level}`;
        if (parts.has(part)) report('conflicting-options', `${path}.caches`, `${part} is given twice`);
        parts.add(part);
      }
      const other = groups.find((group) => group.vcpus.some((vcpu) => vcpus.includes(vcpu)));
      // Caches and bandwidth of one group of vCPUs are said in two places.
      const isSameGroup = other?.text === tune.vcpus && other.name !== name;
      if (other !== undefined && !isSameGroup)
        report('conflicting-options', `${path}.vcpus`, `some of these vCPUs are in ${other.path} already`);
      groups.push({ name, path, vcpus, text: tune.vcpus });
      tune.monitors?.forEach((monitor, number) => {
        const watched = parseNumberSet(monitor.vcpus) ?? [];
        if ('level' in monitor && monitor.level !== 3)
          report('invalid-value', `${path}.monitors[${number}].level`, 'only caches of level 3 are watched');
        if (monitored.has(monitor.vcpus))
          report(
            'conflicting-options',
            `${path}.monitors[${number}].vcpus`,
            'another monitor watches the same vCPUs',
          );
        monitored.add(monitor.vcpus);
        if (watched.some((vcpu) => !vcpus.includes(vcpu)))
          report(
            'conflicting-options',
            `${path}.monitors[${number}].vcpus`,
            'a monitor can only watch vCPUs of its own group',
          );
      });
    });
  cputune.memoryTunes?.forEach(({ nodes = [] }, index) => {
    const seen = new Set<number>();
    nodes.forEach(({ id, bandwidth }, number) => {
      const path = `spec.cputune.memoryTunes[${index}].nodes[${number}]`;
      if (seen.has(id)) report('conflicting-options', `${path}.id`, `node ${id} is listed twice`);
      if (bandwidth > 100) report('invalid-value', `${path}.bandwidth`, 'more than 100 percent is not there');
      seen.add(id);
    });
  });
}

function checkIothreads({ iothreadIds = [], defaultIothread }: DomainSpec, report: Report): void {
  const seen = new Set<number>();
  iothreadIds.forEach((one, index) => {
    const path = `spec.iothreadIds[${index}]`;
    if (seen.has(one.id)) report('conflicting-options', `${path}.id`, `I/O thread ${one.id} is listed twice`);
    seen.add(one.id);
    checkPool(one, path, report);
  });
  if (defaultIothread !== undefined) checkPool(defaultIothread, 'spec.defaultIothread', report);
}

function checkPool({ threadPoolMin, threadPoolMax }: IothreadPool, path: string, report: Report): void {
  if (threadPoolMax === 0) report('invalid-value', `${path}.threadPoolMax`, 'a pool needs a thread');
  // Without a maximum libvirt compares with none, so that nothing fits.
  if (threadPoolMin !== undefined && threadPoolMin > (threadPoolMax ?? -1))
    report(
      'conflicting-options',
      `${path}.threadPoolMin`,
      'threadPoolMin must not be more than threadPoolMax',
      'set both',
    );
}
