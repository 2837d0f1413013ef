import type { CpuFacts } from '../../../model/domain-capabilities.ts';
import { cpuFeatures, featureFromQemu } from './features.ts';

const vendors: Readonly<Record<string, string>> = {
  GenuineIntel: 'Intel',
  AuthenticAMD: 'AMD',
  HygonGenuine: 'Hygon',
};

export function hostVendor({ host }: CpuFacts): string | undefined {
  return vendors[host.vendor];
}

/** What a guest gets of the host and may take to another one. */
export function movableFeatures({ host }: CpuFacts): ReadonlySet<string> {
  return inOurWords(host.features);
}

/** All that the host has, given to guests or not. */
export function allFeatures(facts: CpuFacts): ReadonlySet<string> {
  const { features, immovable, silicon } = facts.host;
  return new Set([...inOurWords([...features, ...immovable]), ...fromLinux(silicon, hostVendor(facts))]);
}

function inOurWords(features: readonly string[]): ReadonlySet<string> {
  return new Set(features.flatMap((name) => featureFromQemu(name) ?? []));
}

/** Linux → ours, where more than dots, dashes and underscores differ. */
const linuxNames: Readonly<Record<string, string>> = {
  pclmulqdq: 'pclmuldq',
  tsc_deadline_timer: 'tsc-deadline',
  nonstop_tsc: 'invtsc',
  cqm_occup_llc: 'cmt',
  cqm_mbm_total: 'mbm_total',
  cqm_mbm_local: 'mbm_local',
  core_capabilities: 'core-capability',
};

/** Linux has one name where the vendors have features of their own. */
const vendorNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Intel: { ibrs: 'spec-ctrl', stibp: 'stibp', ssbd: 'ssbd' },
  AMD: { ibrs: 'ibrs', stibp: 'amd-stibp', ssbd: 'amd-ssbd' },
};

const bare = (name: string) => name.replaceAll(/[-_.]/g, '');
const byBareName = new Map(cpuFeatures.map((name) => [bare(name), name]));

function fromLinux(flags: readonly string[], vendor: string | undefined): string[] {
  const own = vendorNames[vendor ?? ''];
  return flags.flatMap((flag) => own?.[flag] ?? linuxNames[flag] ?? byBareName.get(bare(flag)) ?? []);
}
