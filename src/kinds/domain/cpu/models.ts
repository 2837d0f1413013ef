/** A CPU model under the name that libvirt and QEMU share, as facts about silicon. */
interface Row {
  readonly name: string;
  readonly vendor?: 'Intel' | 'AMD' | 'Hygon';
  /** family/model[/steppings], one for each processor it stands for. */
  readonly signatures?: string;
  /** False: a host is never described by it. */
  readonly decoded?: false;
  /** A row above, whose features it has. */
  readonly like?: string;
  readonly with?: string;
  readonly without?: string;
  /** Features that QEMU's model had once and no longer has: they are switched off by name. */
  readonly removed?: string;
}

/** From old to new: among equals the later row describes a host better. */
const rows: readonly Row[] = [
  { name: '486', with: 'fpu vme pse' },
  { name: 'pentium', like: '486', with: 'de tsc msr mce cx8 mmx' },
  { name: 'pentium2', like: 'pentium', with: 'pae sep mtrr pge mca cmov pat pse36 fxsr' },
  { name: 'pentium3', like: 'pentium2', with: 'sse' },
  { name: 'pentiumpro', like: 'pentium3', with: 'apic sse2', without: 'vme mtrr mca pse36' },
  { name: 'coreduo', vendor: 'Intel', like: 'pentiumpro', with: 'vme mtrr mca clflush pni monitor nx' },
  { name: 'n270', vendor: 'Intel', like: 'coreduo', with: 'ssse3' },
  { name: 'core2duo', vendor: 'Intel', like: 'n270', with: 'pse36 syscall lm' },
  { name: 'qemu32', like: 'pentiumpro', with: 'pni' },
  { name: 'kvm32', like: 'coreduo', with: 'pse36', without: 'vme monitor nx' },
  { name: 'cpu64-rhel5', decoded: false, like: 'kvm32', with: 'syscall nx lm' },
  { name: 'cpu64-rhel6', decoded: false, like: 'cpu64-rhel5', with: 'cx16 lahf_lm' },
  { name: 'qemu64', like: 'cpu64-rhel6', with: 'popcnt svm abm sse4a' },
  { name: 'kvm64', like: 'cpu64-rhel5', with: 'cx16' },
  {
    name: 'Conroe',
    vendor: 'Intel',
    signatures: '6/15 6/22',
    like: 'cpu64-rhel6',
    with: 'ssse3',
    without: 'cx16',
  },
  { name: 'Penryn', vendor: 'Intel', signatures: '6/23 6/29', like: 'Conroe', with: 'cx16 sse4.1' },
  {
    name: 'Nehalem',
    vendor: 'Intel',
    signatures: '6/26 6/30 6/31 6/46',
    like: 'Penryn',
    with: 'sse4.2 popcnt',
  },
  {
    name: 'Nehalem-IBRS',
    vendor: 'Intel',
    signatures: '6/26 6/30 6/31 6/46',
    like: 'Nehalem',
    with: 'spec-ctrl',
  },
  { name: 'Westmere', vendor: 'Intel', signatures: '6/44 6/47 6/37', like: 'Nehalem', with: 'aes' },
  { name: 'Westmere-IBRS', vendor: 'Intel', signatures: '6/44', like: 'Nehalem-IBRS', with: 'aes' },
  {
    name: 'SandyBridge',
    vendor: 'Intel',
    signatures: '6/42 6/45',
    like: 'Westmere',
    with: 'pclmuldq x2apic tsc-deadline xsave avx rdtscp',
  },
  {
    name: 'SandyBridge-IBRS',
    vendor: 'Intel',
    signatures: '6/42 6/45',
    like: 'SandyBridge',
    with: 'spec-ctrl',
  },
  {
    name: 'IvyBridge',
    vendor: 'Intel',
    signatures: '6/58 6/62',
    like: 'SandyBridge',
    with: 'vme f16c rdrand fsgsbase smep erms',
  },
  { name: 'IvyBridge-IBRS', vendor: 'Intel', signatures: '6/58 6/62', like: 'IvyBridge', with: 'spec-ctrl' },
  {
    name: 'Haswell-noTSX',
    vendor: 'Intel',
    signatures: '6/60 6/63 6/69 6/70',
    like: 'IvyBridge',
    with: 'fma pcid movbe bmi1 avx2 bmi2 invpcid',
    without: 'vme f16c rdrand',
  },
  {
    name: 'Haswell-noTSX-IBRS',
    vendor: 'Intel',
    signatures: '6/60 6/63 6/69 6/70',
    like: 'Haswell-noTSX',
    with: 'spec-ctrl',
  },
  {
    name: 'Haswell',
    vendor: 'Intel',
    signatures: '6/60 6/63 6/69 6/70',
    like: 'Haswell-noTSX',
    with: 'hle rtm',
  },
  {
    name: 'Haswell-IBRS',
    vendor: 'Intel',
    signatures: '6/60 6/63 6/69 6/70',
    like: 'Haswell-noTSX-IBRS',
    with: 'hle rtm',
  },
  {
    name: 'Broadwell-noTSX',
    vendor: 'Intel',
    signatures: '6/61 6/71 6/79 6/86',
    like: 'Haswell-noTSX',
    with: 'rdseed adx smap 3dnowprefetch',
  },
  {
    name: 'Broadwell-noTSX-IBRS',
    vendor: 'Intel',
    signatures: '6/61 6/71 6/79 6/86',
    like: 'Broadwell-noTSX',
    with: 'spec-ctrl',
  },
  {
    name: 'Broadwell',
    vendor: 'Intel',
    signatures: '6/61 6/71 6/79 6/86',
    like: 'Broadwell-noTSX',
    with: 'hle rtm',
  },
  {
    name: 'Broadwell-IBRS',
    vendor: 'Intel',
    signatures: '6/61 6/71 6/79 6/86',
    like: 'Broadwell-noTSX-IBRS',
    with: 'hle rtm',
  },
  {
    name: 'Skylake-Client',
    vendor: 'Intel',
    signatures: '6/94 6/78 6/142 6/158',
    like: 'Broadwell',
    with: 'vme f16c rdrand arat mpx xsaveopt xsavec xgetbv1 abm',
  },
  {
    name: 'Skylake-Client-IBRS',
    vendor: 'Intel',
    signatures: '6/94 6/78 6/142 6/158',
    like: 'Skylake-Client',
    with: 'spec-ctrl',
  },
  {
    name: 'Skylake-Client-noTSX-IBRS',
    vendor: 'Intel',
    signatures: '6/94 6/78 6/142 6/158',
    decoded: false,
    like: 'Skylake-Client-IBRS',
    without: 'hle rtm',
  },
  {
    name: 'Skylake-Server',
    vendor: 'Intel',
    signatures: '6/85/0-4',
    like: 'Skylake-Client',
    with: 'avx512f avx512dq clwb avx512cd avx512bw avx512vl pdpe1gb',
  },
  {
    name: 'Skylake-Server-IBRS',
    vendor: 'Intel',
    signatures: '6/85/0-4',
    like: 'Skylake-Server',
    with: 'spec-ctrl',
  },
  {
    name: 'Skylake-Server-noTSX-IBRS',
    vendor: 'Intel',
    signatures: '6/85/0-4',
    decoded: false,
    like: 'Skylake-Server-IBRS',
    without: 'hle rtm',
  },
  {
    name: 'Cascadelake-Server',
    vendor: 'Intel',
    signatures: '6/85/5-7',
    like: 'Skylake-Server-IBRS',
    with: 'clflushopt avx512vnni ssbd',
  },
  {
    name: 'Cascadelake-Server-noTSX',
    vendor: 'Intel',
    signatures: '6/85/5-7',
    decoded: false,
    like: 'Cascadelake-Server',
    without: 'hle rtm',
  },
  {
    name: 'Icelake-Client',
    vendor: 'Intel',
    signatures: '6/126',
    like: 'Skylake-Client-IBRS',
    with: 'avx512vbmi umip pku avx512vbmi2 gfni vaes vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq ssbd wbnoinvd',
    removed: 'intel-pt',
  },
  {
    name: 'Icelake-Client-noTSX',
    vendor: 'Intel',
    signatures: '6/126',
    decoded: false,
    like: 'Icelake-Client',
    without: 'hle rtm',
    removed: 'intel-pt',
  },
  {
    name: 'Icelake-Server',
    vendor: 'Intel',
    signatures: '6/106',
    like: 'Icelake-Client',
    with: 'avx512f avx512dq clflushopt clwb avx512cd avx512bw avx512vl la57 pdpe1gb',
    removed: 'intel-pt',
  },
  {
    name: 'Icelake-Server-noTSX',
    vendor: 'Intel',
    signatures: '6/106',
    decoded: false,
    like: 'Icelake-Server',
    without: 'hle rtm',
    removed: 'intel-pt',
  },
  {
    name: 'Cooperlake',
    vendor: 'Intel',
    signatures: '6/85/10-11',
    like: 'Cascadelake-Server',
    with: 'pku stibp arch-capabilities avx512-bf16 rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
    without: 'mpx',
  },
  {
    name: 'Snowridge',
    vendor: 'Intel',
    signatures: '6/134',
    like: 'Skylake-Client-noTSX-IBRS',
    with: 'clflushopt clwb sha-ni umip gfni cldemote movdiri movdir64b arch-capabilities core-capability ssbd pdpe1gb split-lock-detect',
    without: 'fma pcid avx f16c bmi1 avx2 bmi2 invpcid mpx adx abm',
  },
  {
    name: 'athlon',
    vendor: 'AMD',
    like: 'pentium3',
    with: 'apic sse2 mmxext 3dnowext 3dnow',
    without: 'mca',
  },
  { name: 'phenom', vendor: 'AMD', like: 'cpu64-rhel5', with: 'monitor mmxext fxsr_opt 3dnowext 3dnow svm' },
  { name: 'Opteron_G1', vendor: 'AMD', signatures: '15/6', like: 'cpu64-rhel5' },
  { name: 'Opteron_G2', vendor: 'AMD', signatures: '15/6', like: 'cpu64-rhel6', with: 'rdtscp svm' },
  {
    name: 'Opteron_G3',
    vendor: 'AMD',
    signatures: '15/6',
    like: 'qemu64',
    with: 'rdtscp misalignsse',
    removed: 'monitor',
  },
  {
    name: 'Opteron_G4',
    vendor: 'AMD',
    signatures: '21/1',
    like: 'Opteron_G3',
    with: 'pclmuldq ssse3 sse4.1 sse4.2 aes xsave avx pdpe1gb 3dnowprefetch xop fma4',
  },
  { name: 'Opteron_G5', vendor: 'AMD', signatures: '21/2', like: 'Opteron_G4', with: 'fma f16c tbm' },
  {
    name: 'EPYC',
    vendor: 'AMD',
    signatures: '23/1',
    like: 'Skylake-Client',
    with: 'clflushopt sha-ni mmxext fxsr_opt pdpe1gb svm cr8legacy sse4a misalignsse osvw',
    without: 'pcid x2apic tsc-deadline hle erms invpcid rtm mpx',
    removed: 'monitor',
  },
  { name: 'EPYC-IBPB', vendor: 'AMD', signatures: '23/1', like: 'EPYC', with: 'ibpb', removed: 'monitor' },
  {
    name: 'EPYC-Rome',
    vendor: 'AMD',
    signatures: '23/49',
    like: 'EPYC-IBPB',
    with: 'clwb umip rdpid perfctr_core clzero xsaveerptr wbnoinvd amd-stibp npt nrip-save',
  },
  {
    name: 'EPYC-Milan',
    vendor: 'AMD',
    signatures: '25/1',
    like: 'EPYC-Rome',
    with: 'pcid erms invpcid pku fsrm xsaves ibrs amd-ssbd svme-addr-chk',
  },
  {
    name: 'Dhyana',
    vendor: 'Hygon',
    signatures: '24/0',
    like: 'EPYC-IBPB',
    without: 'pclmuldq aes sha-ni',
    removed: 'monitor',
  },
];

export interface CpuSignature {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

export interface CpuModel {
  readonly name: string;
  readonly vendor: string | undefined;
  readonly decoded: boolean;
  readonly features: ReadonlySet<string>;
  readonly removed: readonly string[];
  readonly signatures: readonly Signature[];
}

interface Signature {
  readonly family: number;
  readonly model: number;
  readonly steppings: readonly [first: number, last: number] | undefined;
}

/** By name, from old to new. */
export const cpuModels: ReadonlyMap<string, CpuModel> = readRows();

export function hasSignature({ signatures }: CpuModel, of: CpuSignature): boolean {
  return signatures.some(
    ({ family, model, steppings: [first, last] = [0, Infinity] }) =>
      family === of.family && model === of.model && of.stepping >= first && of.stepping <= last,
  );
}

function readRows(): ReadonlyMap<string, CpuModel> {
  const models = new Map<string, CpuModel>();
  for (const row of rows) {
    const features = new Set(models.get(row.like ?? '')?.features);
    for (const name of words(row.with)) features.add(name);
    for (const name of words(row.without)) features.delete(name);
    models.set(row.name, {
      name: row.name,
      vendor: row.vendor,
      decoded: row.decoded ?? true,
      features,
      removed: words(row.removed),
      signatures: words(row.signatures).map(readSignature),
    });
  }
  return models;
}

function readSignature(text: string): Signature {
  const [family = '', model = '', steppings] = text.split('/');
  const [first = '', last = first] = steppings?.split('-') ?? [];
  return {
    family: Number(family),
    model: Number(model),
    steppings: steppings === undefined ? undefined : [Number(first), Number(last)],
  };
}

function words(text = ''): string[] {
  return text === '' ? [] : text.split(' ');
}
