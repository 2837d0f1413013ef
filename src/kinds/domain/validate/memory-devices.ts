import type { DomainSpec } from '../../../model/domain.ts';
import type { MemoryDevice } from '../../../model/domain-devices.ts';
import { parseNumberSet } from '../../../model/number-set.ts';
import type { Report } from './report.ts';
import { checkEach, type Rule, unwanted } from './rules.ts';

/** DIMMs and their virtio relatives: where they sit, and what each model can be told. */
export function checkMemoryDevices(spec: DomainSpec, report: Report): void {
  const memories = spec.devices?.memories ?? [];
  checkEach(rules, memories, 'spec.devices.memories', spec, report);
  const places = new Set<string>();
  memories.forEach(({ address }, index) => {
    if (address?.type !== 'dimm') return;
    const path = `spec.devices.memories[${index}].address`;
    const { slot, base } = address;
    const slots = spec.maxMemory?.slots;
    if (slot !== undefined && slots !== undefined && slot >= slots)
      report('limit-exceeded', `${path}.slot`, `there are slots 0 to ${slots - 1}`, 'raise maxMemory.slots');
    for (const [field, value] of Object.entries({ slot, base })) {
      const place = `${field} ${value}`;
      if (value !== undefined && places.has(place))
        report('address-conflict', `${path}.${field}`, `${place} is taken by another memory device`);
      places.add(place);
    }
  });
  // libvirt counts those that need no slot as well; enclave memory is part of the CPU.
  const plugged = memories.filter(({ model }) => model !== 'sgx-epc').length;
  if (spec.maxMemory !== undefined && plugged > spec.maxMemory.slots)
    report(
      'limit-exceeded',
      'spec.maxMemory.slots',
      `there are ${plugged} memory devices for ${spec.maxMemory.slots} slots`,
      `use ${plugged} or more`,
    );
}

const kibibyte = 1024;
/** A virtio-mem device grows by pieces of a huge page at least. */
const smallestBlock = 2048 * kibibyte;

const isPersistent = ({ model }: MemoryDevice): boolean => model === 'nvdimm' || model === 'virtio-pmem';
const hasSlot = ({ model }: MemoryDevice): boolean => model === 'dimm' || model === 'nvdimm';
const hasNode = ({ model }: MemoryDevice): boolean =>
  hasSlot({ model } as MemoryDevice) || model === 'virtio-mem';
const isNotNvdimm = ({ model }: MemoryDevice): boolean => model !== 'nvdimm';
const isGrowing = ({ model }: MemoryDevice): boolean => model === 'virtio-mem';

function cellIds({ cpu }: DomainSpec): readonly number[] {
  return cpu?.numa?.cells.map(({ id }, index) => id ?? index) ?? [];
}

const rules: readonly Rule<MemoryDevice>[] = [
  {
    at: '',
    when: (one, { maxMemory }) => one.model !== 'sgx-epc' && maxMemory === undefined,
    says: 'memory can only be added where room is kept for it',
    instead: 'add maxMemory with size and slots',
    code: 'missing-field',
  },
  {
    at: 'node',
    when: (one) => hasNode(one) && one.node === undefined,
    says: 'the NUMA cell that the memory belongs to is missing',
    instead: 'add node: 0',
    code: 'missing-field',
  },
  {
    at: 'node',
    when: (one, spec) => hasNode(one) && one.node !== undefined && !cellIds(spec).includes(one.node),
    says: 'the guest has no such NUMA cell',
    instead: 'add it to cpu.numa',
    code: 'missing-reference',
  },
  ...unwanted<MemoryDevice>(['node'], ({ model }) => model === 'virtio-pmem', 'is not known to virtio-pmem'),
  {
    at: 'path',
    when: (one) => isPersistent(one) && one.path === undefined,
    says: 'persistent memory needs the file that it is kept in',
    instead: 'add path',
    code: 'missing-field',
  },
  {
    at: 'discard',
    when: (one) => isPersistent(one) && one.discard === true,
    says: 'persistent memory is not thrown away',
    instead: 'leave discard out',
  },
  {
    at: 'access',
    when: ({ model, access }) => model === 'virtio-pmem' && access === 'private',
    says: 'virtio-pmem writes to its file, so it is shared',
    instead: 'use shared, or leave access out',
  },
  {
    at: 'nodeMask',
    when: ({ nodeMask }) => nodeMask !== undefined && parseNumberSet(nodeMask) === undefined,
    says: 'this is no list of NUMA nodes of the host',
    instead: 'write it as 0-1,3',
    code: 'invalid-value',
  },
  ...unwanted<MemoryDevice>(['uuid'], ({ model }) => model === 'nvdimm', 'is not for nvdimms of a PC'),
  {
    at: 'labelSize',
    when: ({ labelSize }) => labelSize !== undefined && labelSize < 128 * kibibyte,
    says: 'the label area must be 128KiB or more',
    instead: 'use 128KiB',
    code: 'invalid-value',
  },
  {
    at: 'labelSize',
    when: ({ labelSize, size }) => labelSize !== undefined && labelSize >= size,
    says: 'the label area is part of the nvdimm, and must be smaller',
    instead: 'raise size',
  },
  {
    at: 'blockSize',
    when: (one) => isGrowing(one) && !Number.isInteger(Math.log2(one.blockSize ?? 0)),
    says: 'the size of the pieces must be a power of two',
    instead: 'use 2MiB',
    code: 'invalid-value',
  },
  {
    at: 'blockSize',
    when: (one) => isGrowing(one) && one.blockSize !== undefined && one.blockSize < smallestBlock,
    says: 'the pieces must be 2MiB or more',
    instead: 'use 2MiB',
    code: 'invalid-value',
  },
  {
    at: 'requestedSize',
    when: (one) => isGrowing(one) && (one.requestedSize ?? 0) > one.size,
    says: 'the guest cannot have more of it than there is',
    instead: 'raise size',
  },
  {
    at: 'requestedSize',
    when: (one) => isGrowing(one) && (one.requestedSize ?? 0) % (one.blockSize ?? 1) !== 0,
    says: 'what the guest has of it must be whole pieces',
    instead: 'use a multiple of blockSize',
    code: 'invalid-value',
  },
  {
    at: 'address.slot',
    when: ({ address }) => address?.type === 'dimm' && address.slot === undefined,
    says: 'the slot is missing',
    instead: 'leave address out: a free one is found',
    code: 'missing-field',
  },
  {
    at: 'address',
    when: (one) => hasSlot(one) && one.address !== undefined && one.address.type !== 'dimm',
    says: 'a memory module has a slot, and no address of this type',
    instead: 'leave address out: a free slot is found',
  },
  ...unwanted<MemoryDevice>(['address'], ({ model }) => model === 'sgx-epc', 'is not for sgx-epc'),
  ...[
    ...unwanted<MemoryDevice>(
      ['path'],
      ({ model }) => model === 'dimm' || model === 'virtio-mem',
      'is for nvdimm and virtio-pmem',
    ),
    ...unwanted<MemoryDevice>(['labelSize', 'alignSize', 'pmem', 'readonly'], isNotNvdimm, 'is for nvdimm'),
    ...unwanted<MemoryDevice>(['uuid'], isNotNvdimm, 'is for nvdimms of other machines'),
    ...unwanted<MemoryDevice>(['nodeMask', 'pageSize'], isPersistent, 'is not for memory that is a file'),
    ...unwanted<MemoryDevice>(
      ['blockSize', 'requestedSize', 'dynamicMemslots'],
      (one) => !isGrowing(one),
      'is for virtio-mem',
    ),
  ].map((rule) => ({ ...rule, isHarmless: true })),
  ...unwanted<MemoryDevice>(['base'], hasSlot, 'is for virtio devices', 'use address.base'),
];
