import type { DomainDef } from './domain.ts';
import type { DomainAction } from './domain-action.ts';
import type { DomainCapabilities } from './domain-capabilities.ts';
import type { LiveDomain } from './domain-live.ts';
import type { LiveVolume, VolumeAction, VolumeCapabilities, VolumeDef } from './volume.ts';

/** One row per kind: what is declared, what is observed, what can be done, what the host offers. */
export interface Kinds {
  Domain: { def: DomainDef; live: LiveDomain; action: DomainAction; capabilities: DomainCapabilities };
  Volume: { def: VolumeDef; live: LiveVolume; action: VolumeAction; capabilities: VolumeCapabilities };
}

export type Kind = keyof Kinds;
export type Def<K extends Kind = Kind> = Kinds[K]['def'];
export type Live<K extends Kind = Kind> = Kinds[K]['live'];
export type Action<K extends Kind = Kind> = Kinds[K]['action'];
export type Capabilities<K extends Kind = Kind> = Kinds[K]['capabilities'];

/** Identity of a resource. Files, uuids and positions may change; the key is what it is. */
export interface ResourceKey<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
}

/** `Domain/web-1`: the form used in maps, logs, plans and on the command line. */
export type KeyText = string;

export function keyText(key: ResourceKey): KeyText {
  return `${key.kind}/${key.name}`;
}

/** Kubernetes-style metadata of every kind. */
export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const apiVersion = 'qonverge/v1';

export function keyOf<K extends Kind>(def: {
  readonly kind: K;
  readonly metadata: Metadata;
}): ResourceKey<K> {
  return { kind: def.kind, name: def.metadata.name };
}
