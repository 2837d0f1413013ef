import type { CpuFeature, DomainSpec, Os } from '../../../model/domain.ts';
import type { CpuFacts } from '../../../model/domain-capabilities.ts';
import { type CpuDescription, describeCpu } from './describe-cpu.ts';
import { featureForQemu, ungivable } from './features.ts';
import { hostVendor, movableFeatures } from './host-features.ts';
import { cpuModels } from './models.ts';

/** A CPU in QEMU's words. */
export interface ResolvedCpu {
  readonly model: string;
  readonly features: readonly { readonly name: string; readonly on: boolean }[];
}

type Policies = ReadonlyMap<string, CpuFeature['policy']>;

/**
 * A CPU as QEMU is to be told of it: one that is described by its host, or by a model that this QEMU lacks, becomes the
 * nearest model with features on and off. Without facts about the host, `host` stands for what it has.
 */
export function resolveCpu({ cpu, emulator, os }: DomainSpec, facts: CpuFacts | undefined): ResolvedCpu {
  const named: Policies = new Map(cpu?.features?.map(({ name, policy }) => [name, policy]));
  const asWritten = (model: string) => ({ model, features: forQemu(named) });
  if (cpu?.mode === 'host-passthrough') return asWritten('host');
  if (cpu?.mode === 'maximum') return asWritten('max');
  const byHost = cpu?.mode === 'host-model' || (cpu?.model !== undefined && cpu.match === 'minimum');
  if (!byHost && cpu?.model === undefined) return asWritten(plainModel(emulator, os));
  if (facts === undefined) return asWritten(byHost ? 'host' : (cpu?.model ?? ''));
  const decided = decide(named, facts);
  const resolved = byHost ? hostModel(decided, facts) : customModel(cpu?.model ?? '', decided, facts);
  return { model: resolved.model, features: forQemu(resolved.policies) };
}

/** What a PC has without a word about its CPU: decided by the emulator, and that by the architecture. */
export function plainModel(emulator: string | undefined, os: Os | undefined): string {
  if (os?.machine === 'isapc') return '486';
  const isSmall = emulator === undefined ? os?.arch === 'i686' : emulator.endsWith('-i386');
  return isSmall ? 'qemu32' : 'qemu64';
}

interface Model {
  readonly model: string;
  readonly policies: Policies;
}

/** The host as far as a guest can take it along, changed as the spec says. */
function hostModel(named: Policies, facts: CpuFacts): Model {
  const { family, model, stepping } = facts.host;
  const host = describeCpu(
    { vendor: hostVendor(facts), signature: { family, model, stepping }, features: movableFeatures(facts) },
    facts.models,
  );
  if (host === undefined) return { model: 'host', policies: named };
  return { model: host.model, policies: withoutRemoved(host.model, over(policiesOf(host), named)) };
}

/** A model that QEMU lacks is told by the nearest that it has. */
function customModel(wanted: string, named: Policies, facts: CpuFacts): Model {
  const policies = withoutRemoved(wanted, named);
  const model = cpuModels.get(wanted);
  if (model === undefined || Object.hasOwn(facts.models, wanted)) return { model: wanted, policies };
  const features = new Set(model.features);
  for (const [name, policy] of policies) {
    if (isOff(policy)) features.delete(name);
    else features.add(name);
  }
  const [made] = model.signatures;
  const signature = made && { ...made, stepping: made.steppings?.[0] ?? 0 };
  const near = describeCpu({ vendor: model.vendor, signature, features }, facts.models);
  return near === undefined
    ? { model: wanted, policies }
    : { model: near.model, policies: over(policiesOf(near), policies) };
}

function policiesOf({ require, disable }: CpuDescription): Policies {
  return new Map([
    ...require.map((name) => [name, 'require'] as const),
    ...disable.map((name) => [name, 'disable'] as const),
  ]);
}

/** A feature named twice keeps its first place and takes the second policy. */
function over(policies: Policies, named: Policies): Policies {
  return new Map([...policies, ...named]);
}

function withoutRemoved(model: string, policies: Policies): Policies {
  const removed = cpuModels.get(model)?.removed ?? [];
  return over(
    new Map(policies),
    new Map(removed.filter((name) => !policies.has(name)).map((name) => [name, 'disable'])),
  );
}

/** An optional feature is there exactly when the host has it. */
function decide(named: Policies, facts: CpuFacts): Policies {
  const host = movableFeatures(facts);
  return new Map(
    [...named].map(([name, policy]) => [
      name,
      policy !== 'optional' ? policy : host.has(name) ? 'require' : 'disable',
    ]),
  );
}

function isOff(policy: CpuFeature['policy']): boolean {
  return policy === 'disable' || policy === 'forbid';
}

function forQemu(policies: Policies): ResolvedCpu['features'] {
  return [...policies].flatMap(([name, policy]) =>
    policy === 'optional' || ungivable.has(name) ? [] : [{ name: featureForQemu(name), on: !isOff(policy) }],
  );
}
