import type { CpuFacts } from '../../../model/domain-capabilities.ts';

/** What the emulator of QEMU 7.2 lacks of models: facts of QEMU, the same on every host. */
const lacking: Readonly<Record<string, string>> = {
  Broadwell: 'pcid x2apic tsc-deadline hle invpcid rtm rdseed 3dnowprefetch',
  'Broadwell-IBRS': 'pcid x2apic tsc-deadline hle invpcid rtm rdseed spec-ctrl 3dnowprefetch',
  'Broadwell-noTSX': 'pcid x2apic tsc-deadline invpcid rdseed 3dnowprefetch',
  'Broadwell-noTSX-IBRS': 'pcid x2apic tsc-deadline invpcid rdseed spec-ctrl 3dnowprefetch',
  'Cascadelake-Server':
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl ssbd 3dnowprefetch xsavec',
  'Cascadelake-Server-noTSX':
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no',
  Cooperlake:
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl stibp arch-capabilities ssbd avx512-bf16 3dnowprefetch xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  Dhyana: 'rdseed fxsr-opt misalignsse 3dnowprefetch osvw topoext ibpb nrip-save xsavec',
  EPYC: 'rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw topoext nrip-save xsavec',
  'EPYC-IBPB': 'rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw topoext ibpb nrip-save xsavec',
  'EPYC-Milan':
    'pcid invpcid rdseed sha-ni rdpid fsrm fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb ibrs amd-stibp amd-ssbd nrip-save xsavec xsaves',
  'EPYC-Rome':
    'rdseed sha-ni rdpid fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb amd-stibp nrip-save xsavec xsaves',
  Haswell: 'pcid x2apic tsc-deadline hle invpcid rtm',
  'Haswell-IBRS': 'pcid x2apic tsc-deadline hle invpcid rtm spec-ctrl',
  'Haswell-noTSX': 'pcid x2apic tsc-deadline invpcid',
  'Haswell-noTSX-IBRS': 'pcid x2apic tsc-deadline invpcid spec-ctrl',
  'Icelake-Server':
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq spec-ctrl ssbd 3dnowprefetch wbnoinvd xsavec',
  'Icelake-Server-noTSX':
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq spec-ctrl ssbd 3dnowprefetch wbnoinvd xsavec',
  IvyBridge: 'x2apic tsc-deadline',
  'IvyBridge-IBRS': 'x2apic tsc-deadline spec-ctrl',
  'Nehalem-IBRS': 'spec-ctrl',
  Opteron_G3: 'misalignsse',
  Opteron_G4: 'misalignsse 3dnowprefetch xop fma4 nrip-save',
  Opteron_G5: 'misalignsse 3dnowprefetch xop fma4 tbm nrip-save',
  SandyBridge: 'x2apic tsc-deadline',
  'SandyBridge-IBRS': 'x2apic tsc-deadline spec-ctrl',
  'Skylake-Client': 'pcid x2apic tsc-deadline hle invpcid rtm rdseed 3dnowprefetch xsavec',
  'Skylake-Client-IBRS': 'pcid x2apic tsc-deadline hle invpcid rtm rdseed spec-ctrl 3dnowprefetch xsavec',
  'Skylake-Client-noTSX-IBRS': 'pcid x2apic tsc-deadline invpcid rdseed spec-ctrl 3dnowprefetch xsavec',
  'Skylake-Server':
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl 3dnowprefetch xsavec',
  'Skylake-Server-IBRS':
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl spec-ctrl 3dnowprefetch xsavec',
  'Skylake-Server-noTSX-IBRS':
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl spec-ctrl 3dnowprefetch xsavec',
  Snowridge:
    'x2apic tsc-deadline rdseed sha-ni gfni cldemote movdiri movdir64b spec-ctrl arch-capabilities core-capability ssbd 3dnowprefetch xsavec split-lock-detect',
  'Westmere-IBRS': 'spec-ctrl',
  phenom: 'fxsr-opt',
};

/** Models that lack nothing, or that no spec is told by. */
const others = `
  486 486-v1 Broadwell-v1 Broadwell-v2 Broadwell-v3 Broadwell-v4 Cascadelake-Server-v1 Cascadelake-Server-v2 Cascadelake-Server-v3 Cascadelake-Server-v4 Cascadelake-Server-v5 Conroe Conroe-v1
  Cooperlake-v1 Cooperlake-v2 Denverton Denverton-v1 Denverton-v2 Denverton-v3 Dhyana-v1 Dhyana-v2 EPYC-Milan-v1 EPYC-Rome-v1 EPYC-Rome-v2 EPYC-v1 EPYC-v2 EPYC-v3 Haswell-v1 Haswell-v2 Haswell-v3 Haswell-v4
  Icelake-Server-v1 Icelake-Server-v2 Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6 IvyBridge-v1 IvyBridge-v2 KnightsMill KnightsMill-v1 Nehalem Nehalem-v1 Nehalem-v2 Opteron_G1
  Opteron_G1-v1 Opteron_G2 Opteron_G2-v1 Opteron_G3-v1 Opteron_G4-v1 Opteron_G5-v1 Penryn Penryn-v1
  SandyBridge-v1 SandyBridge-v2 Skylake-Client-v1 Skylake-Client-v2 Skylake-Client-v3 Skylake-Client-v4
  Skylake-Server-v1 Skylake-Server-v2 Skylake-Server-v3 Skylake-Server-v4 Skylake-Server-v5 Snowridge-v1
  Snowridge-v2 Snowridge-v3 Snowridge-v4 Westmere Westmere-v1 Westmere-v2 athlon athlon-v1 base core2duo
  core2duo-v1 coreduo coreduo-v1 host kvm32 kvm32-v1 kvm64 kvm64-v1 max n270 n270-v1 pentium pentium-v1
  pentium2 pentium2-v1 pentium3 pentium3-v1 phenom-v1 qemu32 qemu32-v1 qemu64 qemu64-v1
`;

const given = `
  3dnow 3dnowext abm acpi adx aes apic arat avx avx2 bmi1 bmi2 check clflush clflushopt clwb cmov
  cpuid-0xb cr8legacy cx16 cx8 de erms f16c fill-mtrr-mask fma fpu fsgsbase full-cpuid-auto-level fxsr
  hypervisor i64 kvm l3-cache la57 lahf-lm lahf_lm legacy-cache lm mca mce mmx mmxext monitor movbe mpx
  msr mtrr npt nx pae pat pclmuldq pclmulqdq pcommit pdpe1gb pge pks pku pni popcnt pse pse36 rdrand
  rdtscp sep smap smep ss sse sse2 sse3 sse4-1 sse4-2 sse4.1 sse4.2 sse4_1 sse4_2 sse4a ssse3 svm svme-addr-chk syscall tcg-cpuid tsc umip vaes vgif vmware-cpuid-freq x-intel-pt-auto-level x-migrate-smi-count x-vendor-cpuid-only xd xgetbv1 xsave xsaveopt
`;

const notGiven = `
  3dnowprefetch ace2 ace2-en amd-no-ssb amd-ssbd amd-stibp amx-bf16 amx-int8 amx-tile arch-capabilities
  arch-lbr avic avx-vnni avx512-4fmaps avx512-4vnniw avx512-bf16 avx512-fp16 avx512-vp2intersect
  avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq avx512er avx512f avx512ifma avx512pf avx512vbmi
  avx512vbmi2 avx512vl avx512vnni bus-lock-detect cid cldemote clzero cmp-legacy cmp_legacy core-capability dca decodeassists ds ds-cpl ds_cpl dtes64 enforce est extapic ffxsr flushbyasid fma4 fsrm
  full-width-write fxsr-opt fxsr_opt gfni hle host-phys-bits ht hv-apicv hv-avic hv-crash hv-emsr-bitmap
  hv-enforce-cpuid hv-evmcs hv-frequencies hv-ipi hv-passthrough hv-reenlightenment hv-relaxed hv-reset
  hv-runtime hv-stimer hv-stimer-direct hv-syndbg hv-synic hv-time hv-tlbflush hv-tlbflush-direct hv-tlbflush-ext hv-vapic hv-vpindex hv-xmm-input ia64 ibpb ibrs ibrs-all ibs intel-pt intel-pt-lip invpcid
  invtsc kvm-asyncpf kvm-asyncpf-int kvm-hint-dedicated kvm-mmu kvm-msi-ext-dest-id kvm-no-smi-migration
  kvm-nopiodelay kvm-poll-control kvm-pv-enforce-cpuid kvm-pv-eoi kvm-pv-ipi kvm-pv-sched-yield kvm-pv-tlb-flush kvm-pv-unhalt kvm-steal-time kvm_asyncpf kvm_asyncpf_int kvm_mmu kvm_nopiodelay
  kvm_poll_control kvm_pv_eoi kvm_pv_unhalt kvm_steal_time kvmclock kvmclock-stable-bit lbrv lmce lwp md-clear mds-no misalignsse movdir64b movdiri nodeid-msr nodeid_msr nrip-save nrip_save osvw pause-filter
  pause_filter pbe pcid pdcm perfctr-core perfctr-nb perfctr_core perfctr_nb pfthreshold phe phe-en pmm
  pmm-en pmu pn pschange-mc-no rdctl-no rdpid rdseed realized rsba rtm serialize sgx sgx-debug sgx-exinfo
  sgx-kss sgx-mode64 sgx-provisionkey sgx-tokenkey sgx1 sgx2 sgxlc sha-ni skinit skip-l1dfl-vmentry smx
  spec-ctrl split-lock-detect ssb-no ssbd start-powered-off stibp svm-lock svm_lock taa-no tbm tce tm tm2
  topoext tsc-adjust tsc-deadline tsc-scale tsc_adjust tsc_scale tsx-ctrl tsx-ldtrk v-vmsave-vmload virt-ssbd vmcb-clean vmcb_clean vme vmx vmx-activity-hlt vmx-activity-shutdown vmx-activity-wait-sipi vmx-apicv-register vmx-apicv-vid vmx-apicv-x2apic vmx-apicv-xapic vmx-cr3-load-noexit vmx-cr3-store-noexit
  vmx-cr8-load-exit vmx-cr8-store-exit vmx-desc-exit vmx-encls-exit vmx-entry-ia32e-mode vmx-entry-load-bndcfgs vmx-entry-load-efer vmx-entry-load-pat vmx-entry-load-perf-global-ctrl vmx-entry-load-pkrs vmx-entry-load-rtit-ctl vmx-entry-noload-debugctl vmx-ept vmx-ept-1gb vmx-ept-2mb vmx-ept-advanced-exitinfo
  vmx-ept-execonly vmx-eptad vmx-eptp-switching vmx-exit-ack-intr vmx-exit-clear-bndcfgs vmx-exit-clear-rtit-ctl vmx-exit-load-efer vmx-exit-load-pat vmx-exit-load-perf-global-ctrl vmx-exit-load-pkrs vmx-exit-nosave-debugctl vmx-exit-save-efer vmx-exit-save-pat vmx-exit-save-preemption-timer vmx-flexpriority vmx-hlt-exit vmx-ins-outs vmx-intr-exit vmx-invept vmx-invept-all-context vmx-invept-single-context vmx-invept-single-context-noglobals vmx-invlpg-exit vmx-invpcid-exit vmx-invvpid vmx-invvpid-all-context vmx-invvpid-single-addr vmx-io-bitmap vmx-io-exit vmx-monitor-exit vmx-movdr-exit
  vmx-msr-bitmap vmx-mtf vmx-mwait-exit vmx-nmi-exit vmx-page-walk-4 vmx-page-walk-5 vmx-pause-exit vmx-ple vmx-pml vmx-posted-intr vmx-preemption-timer vmx-rdpmc-exit vmx-rdrand-exit vmx-rdseed-exit vmx-rdtsc-exit vmx-rdtscp-exit vmx-secondary-ctls vmx-shadow-vmcs vmx-store-lma vmx-true-ctls vmx-tsc-offset
  vmx-tsc-scaling vmx-unrestricted-guest vmx-vintr-pending vmx-vmfunc vmx-vmwrite-vmexit-fields vmx-vnmi
  vmx-vnmi-pending vmx-vpid vmx-wbinvd-exit vmx-xsaves vmx-zero-len-inject vpclmulqdq waitpkg wbnoinvd wdt
  x-force-features x-hv-synic-kvm-only x2apic xcrypt xcrypt-en xfd xop xsavec xsaveerptr xsaves xstore
  xstore-en xtpr
`;

/** The CPUs of QEMU 7.2 without KVM: known without asking. */
export const emulatedCpus: CpuFacts = {
  host: {
    vendor: 'AuthenticAMD',
    family: 15,
    model: 107,
    stepping: 1,
    features: words(given),
    immovable: [],
    silicon: [],
  },
  models: {
    ...Object.fromEntries(words(others).map((name) => [name, []])),
    ...Object.fromEntries(Object.entries(lacking).map(([name, features]) => [name, words(features)])),
  },
  features: [...words(given), ...words(notGiven)].sort(),
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
