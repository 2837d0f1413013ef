import { describe, expect, test } from 'vitest';
import { cpuProblem } from '../../../../src/kinds/domain/cpu/cpu-problem.ts';
import { emulatedCpus } from '../../../../src/kinds/domain/cpu/emulated-cpus.ts';
import { featureForQemu } from '../../../../src/kinds/domain/cpu/features.ts';
import { cpuModels } from '../../../../src/kinds/domain/cpu/models.ts';
import { resolveCpu } from '../../../../src/kinds/domain/cpu/resolve-cpu.ts';
import type { Cpu, DomainSpec } from '../../../../src/model/domain.ts';
import type { CpuFacts, HostCpu } from '../../../../src/model/domain-capabilities.ts';

/** KVM inside a virtual machine that hands few features on: family 25, which is an EPYC-Milan. */
const milan = kvmHost(
  { vendor: 'AuthenticAMD', family: 25, model: 1, stepping: 1 },
  `3dnowprefetch apic arat arch-capabilities clflush clflushopt clwb clzero cmov cmp-legacy cmp_legacy cr8legacy cx16
   cx8 de fpu fxsr fxsr-opt hypervisor lahf-lm lm mca mce mds-no misalignsse mmx mmxext msr mtrr nx osvw pae pat pge
   pschange-mc-no pse pse36 rdctl-no sep skip-l1dfl-vmentry sse sse2 syscall tsc tsc-adjust tsc-deadline umip vme x2apic
   xsaveerptr`,
  'aes avx avx2 sse4_1 sse4_2 ssse3 pni pclmulqdq constant_tsc nonstop_tsc ht',
);

/** A processor newer than the table: no model has its signature. */
const newcomer = kvmHost(
  { vendor: 'AuthenticAMD', family: 26, model: 2, stepping: 1 },
  `3dnowprefetch apic arat clflush clflushopt clwb clzero cmov cmp_legacy cr8legacy cx16 cx8 de fpu fxsr fxsr-opt gfni
   hypervisor lahf-lm lm mca mce misalignsse mmx mmxext msr mtrr nx osvw pae pat pge pse pse36 sep sse sse2 syscall tsc
   tsc-adjust tsc-deadline umip vme x2apic xsaveerptr`,
);

/** A server of 2019 with transactional memory switched off by microcode. */
const cascadeLake = kvmHost(
  { vendor: 'GenuineIntel', family: 6, model: 85, stepping: 7 },
  `3dnowprefetch abm adx aes apic arat arch-capabilities avx avx2 avx512bw avx512cd avx512dq avx512f avx512vl avx512vnni
   bmi1 bmi2 clflush clflushopt clwb cmov cx16 cx8 de erms f16c fma fpu fsgsbase fxsr hypervisor invpcid lahf-lm lm mca mce
   md-clear mmx movbe mpx msr mtrr nx pae pat pcid pclmulqdq pdpe1gb pge pku pni popcnt pse pse36 rdrand rdseed rdtscp sep
   smap smep spec-ctrl ss ssbd sse sse2 sse4.1 sse4.2 ssse3 stibp syscall tsc tsc-adjust tsc-deadline umip vme vmx x2apic
   xgetbv1 xsave xsavec xsaveopt xsaves`,
);

function kvmHost(
  who: Pick<HostCpu, 'vendor' | 'family' | 'model' | 'stepping'>,
  features: string,
  silicon = '',
): CpuFacts {
  const words = (text: string) => text.split(/\s+/).filter(Boolean);
  return {
    host: { ...who, features: words(features), immovable: ['invtsc'], silicon: words(silicon) },
    models: Object.fromEntries(
      Object.keys(emulatedCpus.models).map((name) => [
        name,
        [...(cpuModels.get(name)?.features ?? [])]
          .map(featureForQemu)
          .filter((feature) => !words(features).includes(feature)),
      ]),
    ),
    features: [...new Set([...emulatedCpus.features, ...words(features)])],
  };
}

function spec(cpu: Cpu, accel: 'kvm' | 'tcg' = 'kvm'): DomainSpec {
  return { memory: 1024 ** 3, accel, cpu };
}

/** As `-cpu` has it. */
function told(cpu: Cpu, facts: CpuFacts | undefined, accel: 'kvm' | 'tcg' = 'kvm'): string {
  const { model, features } = resolveCpu(spec(cpu, accel), facts);
  return [model, ...features.map(({ name, on }) => `${name}=${on ? 'on' : 'off'}`)].join(',');
}

describe('host-model', () => {
  test('is the model made for the processor, with what the host has more and less', () => {
    expect(told({ mode: 'host-model' }, milan)).toBe(
      'EPYC-Milan,x2apic=on,tsc-deadline=on,hypervisor=on,tsc-adjust=on,arch-capabilities=on,cmp-legacy=on,rdctl-no=on,' +
        'skip-l1dfl-vmentry=on,mds-no=on,pschange-mc-no=on,pni=off,pclmulqdq=off,ssse3=off,fma=off,pcid=off,sse4.1=off,' +
        'sse4.2=off,movbe=off,popcnt=off,aes=off,xsave=off,avx=off,f16c=off,rdrand=off,fsgsbase=off,bmi1=off,avx2=off,' +
        'smep=off,bmi2=off,erms=off,invpcid=off,rdseed=off,adx=off,smap=off,sha-ni=off,pku=off,rdpid=off,fsrm=off,' +
        'xsaveopt=off,xsavec=off,xgetbv1=off,xsaves=off,pdpe1gb=off,rdtscp=off,svm=off,abm=off,sse4a=off,' +
        'perfctr-core=off,wbnoinvd=off,ibpb=off,ibrs=off,amd-stibp=off,amd-ssbd=off,npt=off,nrip-save=off,' +
        'svme-addr-chk=off',
    );
  });

  test('is the model with the shortest list for a processor that no model was made for', () => {
    expect(told({ mode: 'host-model' }, newcomer)).toBe(
      'kvm64,vme=on,x2apic=on,tsc-deadline=on,hypervisor=on,arat=on,tsc-adjust=on,clflushopt=on,clwb=on,umip=on,gfni=on,' +
        'mmxext=on,fxsr-opt=on,lahf-lm=on,cmp-legacy=on,cr8legacy=on,misalignsse=on,3dnowprefetch=on,osvw=on,clzero=on,' +
        'xsaveerptr=on,pni=off',
    );
  });

  test('tells processors of one family and model apart by stepping, and takes no model that hosts are not told by', () => {
    expect(told({ mode: 'host-model' }, cascadeLake)).toBe(
      'Cascadelake-Server,ss=on,vmx=on,hypervisor=on,tsc-adjust=on,umip=on,pku=on,md-clear=on,stibp=on,' +
        'arch-capabilities=on,xsaves=on,hle=off,rtm=off',
    );
  });

  test('keeps transactional memory of an early Haswell from the guest', () => {
    const haswell = kvmHost({ vendor: 'GenuineIntel', family: 6, model: 60, stepping: 3 }, 'hle rtm');
    expect(told({ mode: 'host-model' }, haswell)).not.toMatch(/hle=on|rtm=on/);
  });

  test('without KVM is what QEMU emulates', () => {
    expect(told({ mode: 'host-model' }, emulatedCpus, 'tcg')).toMatch(
      /^EPYC,acpi=on,ss=on,monitor=on,.*,osvw=off,topoext=off,nrip-save=off$/,
    );
  });

  test('takes the features that the spec names, each once and at its place', () => {
    const features = [
      { name: 'hle', policy: 'force' },
      { name: 'ss', policy: 'disable' },
      { name: 'invtsc' },
      { name: 'pku', policy: 'optional' },
      { name: 'svm', policy: 'optional' },
      { name: 'cmt' },
    ] as const;
    const line = told({ mode: 'host-model', features }, cascadeLake);
    expect(line).toMatch(/^Cascadelake-Server,ss=off,vmx=on,/);
    expect(line).toMatch(/,hle=on,rtm=off,invtsc=on,svm=off$/);
    expect(line).toContain(',pku=on,');
  });

  test('is the host itself where nothing is known of it', () => {
    expect(told({ mode: 'host-model' }, undefined)).toBe('host');
  });
});

describe('a named model', () => {
  test.each<[Cpu, string]>([
    [{ model: 'Westmere', match: 'exact' }, 'Westmere'],
    [{ model: 'EPYC' }, 'EPYC,monitor=off'],
    [{ model: 'EPYC', features: [{ name: 'monitor' }] }, 'EPYC,monitor=on'],
    [{ model: 'EPYC-v2' }, 'EPYC-v2'],
    [
      { model: 'kvm64', features: [{ name: 'pclmuldq' }, { name: 'lahf_lm', policy: 'forbid' }] },
      'kvm64,pclmulqdq=on,lahf-lm=off',
    ],
  ])('%j is %s', (cpu, line) => {
    expect(told(cpu, milan)).toBe(line);
  });

  test('that this QEMU lacks is told by the nearest that it has', () => {
    expect(told({ model: 'pentiumpro' }, emulatedCpus, 'tcg')).toBe('qemu32,pni=off');
    expect(told({ model: 'cpu64-rhel6' }, emulatedCpus, 'tcg')).toBe('kvm64,lahf-lm=on');
  });

  test('with match minimum is the host', () => {
    expect(told({ model: '486', match: 'minimum' }, cascadeLake)).toBe(
      told({ mode: 'host-model' }, cascadeLake),
    );
  });
});

describe('a CPU that this host cannot give is refused', () => {
  test.each<[string, Cpu, CpuFacts, RegExp]>([
    ['a feature is missing', { mode: 'host-model', features: [{ name: 'vmx' }] }, milan, /needs: vmx$/],
    ['a model needs more', { model: 'Skylake-Server' }, milan, /needs: .*avx512f/],
    [
      'a feature is forbidden and there',
      { mode: 'host-model', features: [{ name: 'x2apic', policy: 'forbid' }] },
      milan,
      /forbids: x2apic/,
    ],
    [
      'a feature is in the silicon only',
      { mode: 'host-model', features: [{ name: 'sse4.1', policy: 'forbid' }] },
      milan,
      /forbids: sse4.1/,
    ],
    [
      'match strict and the host has more',
      { model: '486', match: 'strict' },
      milan,
      /more than the spec names: de, tsc/,
    ],
    ['another vendor', { model: '486', vendor: 'Intel' }, milan, /vendor/],
    ['no such model', { model: 'Pentium9' }, milan, /no CPU model is called Pentium9/],
    [
      'no such feature',
      { mode: 'host-passthrough', features: [{ name: 'warp' }] },
      milan,
      /no CPU feature is called warp/,
    ],
    [
      'no nearby model wanted',
      { model: 'pentiumpro', fallback: 'forbid', check: 'none' },
      milan,
      /fallback forbids/,
    ],
  ])('%s', (_, cpu, facts, reason) => {
    expect(cpuProblem(spec(cpu), facts)?.reason).toMatch(reason);
  });

  test.each<[string, Cpu, 'kvm' | 'tcg']>([
    ['unless the spec checks nothing', { model: 'Skylake-Server', check: 'none' }, 'kvm'],
    ['and the emulator lacks what it lacks', { model: 'Skylake-Server' }, 'tcg'],
    [
      'but not for a feature that the silicon has',
      { mode: 'host-model', features: [{ name: 'aes' }] },
      'kvm',
    ],
    [
      'nor for one that is only wished for',
      { mode: 'host-model', features: [{ name: 'vmx', policy: 'optional' }] },
      'kvm',
    ],
    ['nor where no CPU is asked for', {}, 'kvm'],
  ])('%s', (_, cpu, accel) => {
    expect(cpuProblem(spec(cpu, accel), accel === 'kvm' ? milan : emulatedCpus)).toBeUndefined();
  });
});
