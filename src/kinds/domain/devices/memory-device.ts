import type { MemoryDevice } from '../../../model/domain-devices.ts';
import { bytes } from '../../shape/bytes.ts';
import { choice } from '../../shape/choice.ts';
import { required } from '../../shape/field.ts';
import { hex, integer } from '../../shape/integer.ts';
import { xmlName } from '../../shape/location.ts';
import { presence, yesNo } from '../../shape/on-off.ts';
import { path, text } from '../../shape/text.ts';
import type { DeviceClass } from './contract.ts';
import { deviceCodec, deviceFields } from './device-fields.ts';

const target = xmlName('target');
const current = xmlName('current');

const codec = deviceCodec<MemoryDevice>(
  'memory',
  {
    ...deviceFields,
    model: required(
      choice('@model', ['dimm', 'nvdimm', 'virtio-mem', 'virtio-pmem', 'sgx-epc'], 'What the guest sees.'),
    ),
    access: choice(
      '@access',
      ['shared', 'private'],
      'Whether other processes see it. Default: as memoryBacking.',
    ),
    discard: yesNo('@discard', 'Throw the content away at the end. Default: as memoryBacking.'),
    uuid: text('uuid', 'nvdimm: its uuid.', {
      pattern: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
      expected: 'a uuid',
    }),
    path: path('source/path', 'nvdimm, virtio-pmem: the file.'),
    nodeMask: text('source/nodemask', 'NUMA nodes of the host: 1-3. Default: as numatune.', {
      maxLength: 255,
    }),
    pageSize: bytes('source/pagesize', 'Size of huge pages. Default: as memoryBacking.'),
    alignSize: bytes('source/alignsize', 'nvdimm: alignment of the file.'),
    pmem: presence('source/pmem', 'nvdimm: the file is on persistent memory.'),
    size: required(bytes('target/size', 'Size.')),
    node: integer('target/node', 'NUMA node of the guest.'),
    labelSize: bytes('target/label/size', 'nvdimm: size of the label area.'),
    blockSize: bytes('target/block', 'virtio-mem: size of the pieces in which it grows and shrinks.'),
    requestedSize: bytes('target/requested', 'virtio-mem: how much of it the guest has.'),
    base: hex(
      'target/address@base',
      'virtio-mem, virtio-pmem: guest physical address.',
      1,
      Number.MAX_SAFE_INTEGER,
    ),
    dynamicMemslots: yesNo('target@dynamicMemslots', 'virtio-mem: take memory slots as it grows.'),
    readonly: presence('target/readonly', 'nvdimm: the guest cannot write.'),
  },
  {
    order: 'uuid source target',
    // What a running guest has of a virtio-mem device: a fact, not a wish.
    reads: (cursor) => {
      cursor.descend([target, current])?.ignore();
    },
  },
);

export const memoryDevice: DeviceClass<MemoryDevice> = {
  element: 'memory',
  about: "Memory beside the domain's own.",
  codec,
};
