import { cpuFeatures, featureFromQemu } from './features.ts';
import { type CpuModel, type CpuSignature, cpuModels, hasSignature } from './models.ts';

/** A processor as the sum of its features. */
export interface CpuData {
  readonly vendor: string | undefined;
  readonly signature: CpuSignature | undefined;
  readonly features: ReadonlySet<string>;
}

/** A model, what comes on top of it, and what it lacks: both in the order of the feature table. */
export interface CpuDescription {
  readonly model: string;
  readonly require: readonly string[];
  readonly disable: readonly string[];
}

/** Models that QEMU has, each with the features that it cannot give a guest here. */
export type UsableModels = Readonly<Record<string, readonly string[]>>;

/** The named model that comes nearest, as libvirt finds it: a model made for this processor first, then the shortest list. */
export function describeCpu(data: CpuData, models: UsableModels): CpuDescription | undefined {
  const features = withoutBrokenTsx(data);
  const { vendor, signature } = data;
  let best: { readonly description: CpuDescription; readonly matches: boolean } | undefined;
  for (const model of [...cpuModels.values()].reverse()) {
    const blockers = Object.hasOwn(models, model.name) ? models[model.name] : undefined;
    if (blockers === undefined || !model.decoded) continue;
    if (vendor !== undefined && model.vendor !== undefined && vendor !== model.vendor) continue;
    const matches = signature !== undefined && hasSignature(model, signature);
    const description = difference(features, model, blockers);
    if (best?.matches && !matches) continue;
    if (!best || (matches && !best.matches) || isBetter(description, best.description))
      best = { description, matches };
  }
  return best?.description;
}

function difference(
  features: ReadonlySet<string>,
  model: CpuModel,
  blockers: readonly string[],
): CpuDescription {
  const require = new Set([...features].filter((name) => !model.features.has(name)));
  const disable = new Set([...model.features].filter((name) => !features.has(name)));
  for (const blocker of blockers) {
    const name = featureFromQemu(blocker);
    if (name !== undefined && !require.has(name)) disable.add(name);
  }
  return {
    model: model.name,
    require: cpuFeatures.filter((name) => require.has(name)),
    disable: cpuFeatures.filter((name) => disable.has(name)),
  };
}

/** A feature to take away weighs more than one to add, and each further one more than the one before. */
function isBetter(candidate: CpuDescription, current: CpuDescription): boolean {
  const [length, penalty] = weight(candidate);
  const [currentLength, currentPenalty] = weight(current);
  return length < currentLength || (length === currentLength && penalty < currentPenalty);
}

/** Every second feature to take away counts as one to add: libvirt's list shrinks while it counts. */
function weight({ require, disable }: CpuDescription): readonly [length: number, penalty: number] {
  const counted = Math.ceil(disable.length / 2);
  const penalty = (counted * (counted + 3)) / 2;
  return [require.length + disable.length - counted + penalty, penalty];
}

/** Transactional memory of early Haswells is there and must not be used. */
function withoutBrokenTsx({ vendor, signature, features }: CpuData): ReadonlySet<string> {
  if (vendor !== 'Intel' || signature?.family !== 6) return features;
  const { model, stepping } = signature;
  const isBroken = (model === 63 && stepping < 4) || [60, 69, 70].includes(model);
  return isBroken ? new Set([...features].filter((name) => name !== 'hle' && name !== 'rtm')) : features;
}
