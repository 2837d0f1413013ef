import type { Probe, ProbeAnswer } from '../model/probe.ts';
import type { Action, Capabilities, Def, Kind, Live, ResourceKey } from '../model/resource.ts';

/** Wakes the loop: something happened to this resource. A hint, never the truth. */
export interface DriverEvent {
  readonly key: ResourceKey;
  /** QEMU's or our name of it: `SHUTDOWN`, `RESET`, `GUEST_PANICKED`, `exited`. */
  readonly event: string;
  /** Short, escaped words for people. */
  readonly detail?: string;
}

/** Hands and eyes for one kind on one host. */
export interface Driver<K extends Kind> {
  readonly name: string;
  readonly kind: K;
  /** Adopts what lives. One bad resource never fails the whole. */
  open(signal: AbortSignal): Promise<void>;
  /** Keys of all that this driver defined or that bears our mark on this host. */
  list(): Promise<readonly ResourceKey<K>[]>;
  /** The facts now; undefined when neither defined nor there. */
  observe(key: ResourceKey<K>, signal: AbortSignal): Promise<Live<K> | undefined>;
  /** Idempotent; throws `Failure`. Resolves when the action is done, not when it is asked for. */
  perform(key: ResourceKey<K>, action: Action<K>, signal: AbortSignal): Promise<void>;
  /** Throws what would keep this definition from starting, as far as it can be told while the resource still runs. */
  foresee?(def: Def<K>, prepare?: Action<K>): Promise<void>;
  /** What `complete` and preflight need for this definition. Cached. */
  capabilities(def: Def<K> | undefined): Promise<Capabilities<K>>;
  /**
   * The resource goes on under another name, and nothing that runs notices. `to` is on record already, `from` still is.
   * Idempotent. Kinds without an identity beside their name have none.
   */
  rename?(from: ResourceKey<K>, to: ResourceKey<K>): Promise<void>;
  /** Subscribes; returns the unsubscribe. */
  events(listener: (event: DriverEvent) => void): () => void;
  /** Tries once whether it does its work. Never throws but `cancelled`: a failure is an answer. */
  probe?(key: ResourceKey<K>, probe: Probe, signal: AbortSignal): Promise<ProbeAnswer>;
  /** Where people's commands find what a resource says of itself. */
  readonly queries?: {
    /** Path of the serial console: a pty or a unix socket. */
    console(name: string): Promise<string>;
    logs(name: string): readonly string[];
  };
  /** Lets go without disturbing any guest. */
  close(): Promise<void>;
}

/** Machines that run and have an image open: nobody else may write it, and they have to see it grow. */
export interface ImageUsers {
  /** The least that any of them takes its size for; undefined: nobody has it open. */
  sizeSeen(path: string, signal: AbortSignal): Promise<number | undefined>;
  /** Makes it so large in each of them. False: nobody has it open. */
  grow(path: string, capacity: number, signal: AbortSignal): Promise<boolean>;
}

export type DriverTable = { readonly [K in Kind]: Driver<K> };
