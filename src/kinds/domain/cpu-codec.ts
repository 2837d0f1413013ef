import type { Cpu, CpuFeature, CpuTopology } from '../../model/domain.ts';
import { choice } from '../shape/choice.ts';
import { elementCodec } from '../shape/element-codec.ts';
import { required } from '../shape/field.ts';
import { integer } from '../shape/integer.ts';
import { list } from '../shape/list.ts';
import { object } from '../shape/object.ts';
import { onOff } from '../shape/on-off.ts';
import { text } from '../shape/text.ts';
import { numaCodec } from './numa-codec.ts';

const count = { minimum: 1, maximum: 65_535 };
const word = { pattern: '^[A-Za-z0-9._+-]{1,64}$', expected: 'a word of letters, digits and . _ + -' };

const topology = elementCodec<CpuTopology>('cpu/topology', {
  sockets: required(integer('@sockets', 'Sockets.', count)),
  dies: integer('@dies', 'Dies per socket. Default: 1.', count),
  clusters: integer('@clusters', 'Clusters per die: on x86 always 1.', { minimum: 1, maximum: 1 }),
  cores: required(integer('@cores', 'Cores per die.', count)),
  threads: required(integer('@threads', 'Threads per core.', count)),
});

const cache = elementCodec<NonNullable<Cpu['cache']>>('cpu/cache', {
  level: integer('@level', 'Level of the cache. Default: all.', { minimum: 1, maximum: 3 }),
  mode: required(
    choice('@mode', ['emulate', 'passthrough', 'disable'], 'What the guest sees of the caches.'),
  ),
});

const maxphysaddr = elementCodec<NonNullable<Cpu['maxphysaddr']>>('cpu/maxphysaddr', {
  mode: required(choice('@mode', ['emulate', 'passthrough'], 'bits, or those of the host.')),
  // No processor has more than 52.
  bits: integer('@bits', 'emulate: bits of a physical address.', { minimum: 1, maximum: 52 }),
  limit: integer('@limit', 'passthrough: no more bits than these.', { minimum: 1, maximum: 64 }),
});

const feature = elementCodec<CpuFeature>(
  'cpu/feature',
  {
    name: required(text('@name', 'Name of the feature: vmx, avx2, …', word)),
    policy: choice('@policy', ['force', 'require', 'optional', 'disable', 'forbid'], 'Default: require.'),
  },
  { order: '@policy @name' },
);

const modes = ['custom', 'host-model', 'host-passthrough', 'maximum'] as const;
const shortModes = ['host-model', 'host-passthrough', 'maximum'] as const;

/** `<cpu>`. Short form: the mode alone. */
export const cpuCodec = elementCodec<Cpu>(
  'cpu',
  {
    mode: choice('@mode', modes, 'How the guest CPU is made. Default: custom.'),
    match: choice(
      '@match',
      ['minimum', 'exact', 'strict'],
      'custom: how exactly the model is met. Default: exact.',
    ),
    check: choice('@check', ['none', 'partial', 'full'], 'How the result is checked at start.'),
    migratable: onOff('@migratable', 'Leave out what cannot migrate. Default: true.'),
    model: text('model', 'custom: model name, for example qemu64.', word),
    fallback: choice(
      'model@fallback',
      ['allow', 'forbid'],
      'Take a nearby model if this one cannot be had. Default: allow.',
    ),
    vendorId: text('model@vendor_id', 'Vendor that the guest sees: 12 characters.', {
      pattern: '^[\\x20-\\x2b\\x2d-\\x7e]{12}$',
      expected: '12 printable characters, no comma',
    }),
    vendor: text('vendor', 'Vendor that the host must have.', word),
    topology: object('topology', topology, 'Sockets, cores and threads. Default: one socket per vCPU.'),
    cache: object('cache', cache, 'Caches that the guest sees.'),
    maxphysaddr: object('maxphysaddr', maxphysaddr, 'Width of physical addresses.'),
    features: list('feature', feature, 'Features to add or to take away.'),
    numa: object('numa', numaCodec, 'NUMA cells that the guest sees.'),
  },
  {
    order: 'model vendor topology cache maxphysaddr feature numa',
    later: 'model@customVendor @deprecated_features',
    short: {
      schema: { type: 'string', enum: [...shortModes] },
      expand: (value) => {
        const mode = shortModes.find((candidate) => candidate === value);
        return mode && { mode };
      },
      shorten: (cpu) =>
        cpu.mode !== undefined && cpu.mode !== 'custom' && Object.keys(cpu).length === 1
          ? cpu.mode
          : undefined,
    },
  },
);
