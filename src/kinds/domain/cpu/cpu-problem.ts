import type { Cpu, DomainSpec } from '../../../model/domain.ts';
import type { CpuFacts } from '../../../model/domain-capabilities.ts';
import { cpuFeatures, featureForQemu, isCpuFeature } from './features.ts';
import { allFeatures, hostVendor } from './host-features.ts';
import { cpuModels } from './models.ts';

export interface CpuProblem {
  readonly reason: string;
  /** The way out. */
  readonly suggestion: string;
}

/** Why this host cannot give a guest this CPU; undefined: it can. Only a start can tell, for only a host knows. */
export function cpuProblem({ cpu, accel }: DomainSpec, facts: CpuFacts): CpuProblem | undefined {
  if (cpu === undefined) return undefined;
  const strange = cpu.features?.find(({ name }) => !isCpuFeature(name) && !isQemuFeature(name, facts));
  if (strange !== undefined)
    return {
      reason: `no CPU feature is called ${strange.name}`,
      suggestion: 'the names are those of libvirt',
    };
  if (cpu.mode !== undefined && cpu.mode !== 'custom' && cpu.mode !== 'host-model') return undefined;
  if (cpu.mode !== 'host-model' && cpu.model === undefined) return undefined;
  const checked = isChecked(cpu, accel);
  return (
    modelProblem(cpu, checked, facts) ??
    (checked && !isUsable(cpu, facts) ? incompatibility(cpu, facts) : undefined)
  );
}

function isQemuFeature(name: string, { features }: CpuFacts): boolean {
  return features.includes(featureForQemu(name));
}

/** Emulated CPUs of a named model are compared with nothing: what TCG lacks is left out. */
function isChecked({ check, mode }: Cpu, accel: DomainSpec['accel']): boolean {
  return check === undefined ? mode === 'host-model' || accel !== 'tcg' : check === 'partial';
}

/** QEMU says that it can give the model, once what it cannot give is taken away by the spec. */
function isUsable({ mode, match, vendor, model = '', features = [] }: Cpu, { models }: CpuFacts): boolean {
  if (mode === 'host-model' || match === 'strict' || vendor !== undefined || !Object.hasOwn(models, model))
    return false;
  const off = features.filter(({ policy }) => policy === 'disable').map(({ name }) => featureForQemu(name));
  const needs = features.some(({ policy }) => policy !== 'disable');
  return !needs && (models[model] ?? []).every((blocker) => off.includes(featureForQemu(blocker)));
}

function incompatibility(cpu: Cpu, facts: CpuFacts): CpuProblem | undefined {
  const vendor = hostVendor(facts);
  if (cpu.vendor !== undefined && cpu.vendor !== vendor)
    return {
      reason: `the spec wants a CPU of ${cpu.vendor}, and the vendor of the host's is ${vendor ?? facts.host.vendor}`,
      suggestion: 'leave vendor out',
    };
  const model = cpu.mode === 'host-model' ? undefined : cpuModels.get(cpu.model ?? '');
  // A model that only QEMU knows: it is QEMU's to judge.
  if (model === undefined && cpu.mode !== 'host-model') return undefined;
  const named = (...policies: readonly string[]) =>
    (cpu.features ?? []).flatMap(({ name, policy = 'require' }) => (policies.includes(policy) ? [name] : []));
  const host = allFeatures(facts);
  const forbidden = named('forbid').filter((name) => host.has(name));
  if (forbidden.length > 0)
    return {
      reason: `the host's CPU has what the spec forbids: ${forbidden.join(', ')}`,
      suggestion: 'policy disable hides a feature that the host has',
    };
  const wanted = new Set([...(model?.features ?? []), ...named('require')]);
  for (const name of named('force', 'optional', 'disable')) wanted.delete(name);
  const missing = cpuFeatures.filter((name) => wanted.has(name) && !host.has(name));
  if (missing.length > 0)
    return {
      reason: `the host cannot give what CPU ${cpu.model ?? 'host-model'} needs: ${missing.join(', ')}`,
      suggestion: 'take mode host-model or an older model, disable these features, or write check: none',
    };
  const listed = new Set([...wanted, ...named('force', 'optional', 'disable')]);
  const extra =
    cpu.match === 'strict' ? cpuFeatures.filter((name) => host.has(name) && !listed.has(name)) : [];
  return extra.length === 0
    ? undefined
    : {
        reason: `match strict, and the host's CPU has more than the spec names: ${extra.join(', ')}`,
        suggestion: 'match exact hides what a guest should not see',
      };
}

/** They are modes, not models. */
const modes = new Set(['host', 'max', 'base']);

function modelProblem(
  { mode, match, model = '', fallback }: Cpu,
  checked: boolean,
  { models }: CpuFacts,
): CpuProblem | undefined {
  const isRelative = mode === 'host-model' || match === 'minimum';
  if (mode === 'host-model' || (isRelative && !checked)) return undefined;
  const isKnown = cpuModels.has(model) || (Object.hasOwn(models, model) && !modes.has(model));
  if (!isKnown)
    return {
      reason: `no CPU model is called ${model}`,
      suggestion: '`qemu-system-x86_64 -cpu help` lists them; the host has mode host-passthrough',
    };
  return isRelative || Object.hasOwn(models, model) || fallback !== 'forbid'
    ? undefined
    : {
        reason: `this QEMU has no CPU model ${model}, and fallback forbids a nearby one`,
        suggestion: 'allow the fallback, or take another model',
      };
}
