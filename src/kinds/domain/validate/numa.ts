import type { DomainSpec } from '../../../model/domain.ts';
import type { GuestNuma } from '../../../model/domain-numa.ts';
import { parseNumberSet } from '../../../model/number-set.ts';
import { deviceMemory, initialMemory, wholeMebibytes } from '../initial-memory.ts';
import type { Report } from './report.ts';

const at = 'spec.cpu.numa';

/** NUMA cells of the guest, and where on the host their memory comes from. */
export function checkNuma(spec: DomainSpec, report: Report): void {
  const numa = spec.cpu?.numa;
  if (numa !== undefined) {
    checkCells(numa, spec.vcpus?.maximum ?? 1, report);
    checkDistances(numa, report);
    checkInterconnects(numa, report);
  }
  checkNumatune(spec, report);
  checkMaxMemory(spec, report);
  checkHugepages(spec, report);
}

function idsOf({ cells }: GuestNuma): readonly number[] {
  return cells.map(({ id }, index) => id ?? index);
}

function checkCells(numa: GuestNuma, maximum: number, report: Report): void {
  const ids = idsOf(numa);
  const owner = new Map<number, number>();
  numa.cells.forEach((cell, index) => {
    const id = ids[index] ?? index;
    const path = `${at}.cells[${index}]`;
    if (ids.indexOf(id) !== index)
      report('conflicting-options', `${path}.id`, `NUMA cell ${id} is listed twice`, 'number cells from 0');
    else if (id >= ids.length)
      report(
        'invalid-value',
        `${path}.id`,
        `cell ids must run from 0 to ${ids.length - 1} without a gap, and ${id} is beyond`,
        'number cells from 0',
      );
    const levels = cell.caches?.map(({ level }) => level) ?? [];
    if (levels.includes(0))
      report('invalid-value', `${path}.caches`, 'caches have levels 1 to 3', 'number them from 1');
    if (new Set(levels).size < levels.length)
      report('conflicting-options', `${path}.caches`, `cell ${id} has two caches of one level`);
    const cpus = parseNumberSet(cell.cpus ?? '') ?? [];
    const beyond = cpus.find((cpu) => cpu >= maximum);
    if (beyond !== undefined)
      report(
        'conflicting-options',
        `${path}.cpus`,
        `cell ${id} has vCPU ${beyond}, but vcpus.maximum is ${maximum}`,
      );
    for (const cpu of cpus) {
      const other = owner.get(cpu);
      if (other !== undefined) {
        report('conflicting-options', `${path}.cpus`, `NUMA cells ${id} and ${other} both have vCPU ${cpu}`);
        break;
      }
    }
    for (const cpu of cpus) owner.set(cpu, id);
  });
}

function checkDistances(numa: GuestNuma, report: Report): void {
  const ids = idsOf(numa);
  numa.cells.forEach((cell, index) => {
    cell.distances?.forEach(({ id, value }, number) => {
      const path = `${at}.cells[${index}].distances[${number}]`;
      if (!ids.includes(id)) report('missing-reference', `${path}.id`, `there is no NUMA cell ${id}`);
      const isSelf = id === ids[index];
      if (value < 10 || (isSelf ? value !== 10 : value === 10))
        report(
          'invalid-value',
          `${path}.value`,
          isSelf
            ? `the distance of a cell to itself is 10, not ${value}`
            : `the distance to another cell must be from 11 to 255, not ${value}`,
        );
    });
  });
}

function checkInterconnects(numa: GuestNuma, report: Report): void {
  const ids = idsOf(numa);
  for (const kind of ['latencies', 'bandwidths'] as const) {
    const seen = new Set<string>();
    numa.interconnects?.[kind]?.forEach(({ initiator, target, cache = 0, type }, index) => {
      const path = `${at}.interconnects.${kind}[${index}]`;
      for (const [field, cell] of [
        ['initiator', initiator],
        ['target', target],
      ] as const)
        if (!ids.includes(cell))
          report('missing-reference', `${path}.${field}`, `there is no NUMA cell ${cell}`);
      if (ids.includes(initiator) && numa.cells[ids.indexOf(initiator)]?.cpus === undefined)
        report(
          'conflicting-options',
          `${path}.initiator`,
          `cell ${initiator} has no vCPUs that could access`,
        );
      const caches = numa.cells[ids.indexOf(target)]?.caches ?? [];
      if (cache > 0 && caches.every(({ level }) => level !== cache))
        report('missing-reference', `${path}.cache`, `cell ${target} has no cache of level ${cache}`);
      const key = `${initiator} ${target} ${cache} ${type}`;
      if (seen.has(key))
        report('conflicting-options', path, `${type} from ${initiator} to ${target} is said twice`);
      seen.add(key);
    });
  }
}

function checkNumatune({ numatune, vcpus, cpu }: DomainSpec, report: Report): void {
  const path = 'spec.numatune';
  const { memory, memnodes = [] } = numatune ?? {};
  const isAuto =
    memory?.placement === 'auto' ||
    (memory !== undefined &&
      memory.placement === undefined &&
      memory.nodeset === undefined &&
      vcpus?.placement === 'auto');
  if (memory !== undefined && !isAuto && memory.nodeset === undefined)
    report(
      'missing-field',
      `${path}.memory.nodeset`,
      'nodeset says which NUMA nodes of the host memory comes from; without it there is nothing to bind to',
      'add nodeset',
    );
  if (isAuto && memnodes.length > 0)
    report(
      'conflicting-options',
      `${path}.memnodes`,
      'single cells cannot be bound when placement is automatic',
      'use placement static',
    );
  const ids = cpu?.numa === undefined ? [] : idsOf(cpu.numa);
  const seen = new Set<number>();
  memnodes.forEach(({ cellid, mode = 'strict' }, index) => {
    const place = `${path}.memnodes[${index}]`;
    if (!ids.includes(cellid))
      report(
        'missing-reference',
        `${place}.cellid`,
        ids.length === 0 ? 'the guest has no NUMA cells' : `there is no NUMA cell ${cellid}`,
        'add it to cpu.numa',
      );
    if (seen.has(cellid)) report('conflicting-options', `${place}.cellid`, `cell ${cellid} is bound twice`);
    seen.add(cellid);
    if (memory?.mode === 'restrictive' && mode !== 'restrictive')
      report(
        'conflicting-options',
        `${place}.mode`,
        'the mode of a cell must be restrictive where that of all memory is',
      );
  });
}

function checkMaxMemory(spec: DomainSpec, report: Report): void {
  const { maxMemory } = spec;
  const devices = deviceMemory(spec);
  if (maxMemory === undefined) return;
  if (spec.cpu?.numa === undefined)
    report(
      'missing-field',
      'spec.cpu.numa',
      'memory can only be added to a guest that has at least one NUMA cell',
      'add cpu.numa with one cell',
    );
  else if (wholeMebibytes(maxMemory.size) < initialMemory(spec) + devices)
    report('conflicting-options', 'spec.maxMemory.size', 'maxMemory is less than the memory that is there');
}

function checkHugepages({ memoryBacking = {}, cpu }: DomainSpec, report: Report): void {
  const { hugepages, allocation, source } = memoryBacking;
  if (hugepages === undefined) return;
  const path = 'spec.memoryBacking';
  if (allocation === 'ondemand')
    report('conflicting-options', `${path}.allocation`, 'huge pages are taken at once, not on demand');
  if (source === 'anonymous')
    report('conflicting-options', `${path}.source`, 'huge pages are a file or memfd, not anonymous memory');
  const ids = cpu?.numa === undefined ? [0] : idsOf(cpu.numa);
  const taken = new Map<number, number>();
  let general: number | undefined;
  hugepages.forEach(({ size, nodeset }, index) => {
    const place = `${path}.hugepages[${index}]`;
    if (size === 0) report('invalid-value', `${place}.size`, 'a page has a size', 'e.g. 2MiB');
    if (nodeset === undefined) {
      if (general !== undefined)
        report(
          'conflicting-options',
          place,
          'two sizes of huge pages are for all cells',
          'give one a nodeset',
        );
      general = size;
    }
    for (const cell of parseNumberSet(nodeset ?? '') ?? []) {
      if (!ids.includes(cell))
        report('missing-reference', `${place}.nodeset`, `there is no NUMA cell ${cell}`);
      else if (taken.has(cell))
        report('conflicting-options', `${place}.nodeset`, `cell ${cell} has two sizes of huge pages`);
      taken.set(cell, size);
    }
  });
}
