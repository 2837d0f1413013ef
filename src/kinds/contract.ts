import type { Position, Problem } from '../model/diagnostic.ts';
import type { MaintenanceWindow } from '../model/domain.ts';
import type { JsonSchema } from '../model/json.ts';
import type { Change, Held, Impact, Step } from '../model/plan.ts';
import type { Probe } from '../model/probe.ts';
import type { Action, Capabilities, Def, Kind, Live, Metadata, ResourceKey } from '../model/resource.ts';
import type { Drift } from '../model/status.ts';
import type { TouchTable } from '../model/touch.ts';
import type { XmlElement } from '../xml/tree.ts';

/** What decoding gives: a definition where one could be made, and every mistake found. Never throws. */
export interface DecodedDef<K extends Kind> {
  readonly def: Def<K> | undefined;
  readonly problems: readonly Problem[];
  /** XML only: where each definition path stands in the text. YAML positions come from its own tree. */
  readonly positions?: ReadonlyMap<string, Position>;
}

export interface Codec<K extends Kind> {
  /** `document`: the plain value of one YAML document that already satisfies `schema`. */
  fromYaml(document: unknown): DecodedDef<K>;
  /** The plain value that YAML shows: short forms where they say the same. */
  toYaml(def: Def<K>): unknown;
  /** libvirt's root element: `domain`, `volume`. */
  readonly xmlRoot: string;
  fromXml(root: XmlElement): DecodedDef<K>;
  toXml(def: Def<K>): XmlElement;
}

/** Another resource that a definition needs. */
export interface Reference {
  readonly key: ResourceKey;
  /** Definition path that names it. */
  readonly path: string;
  /** It has to be Ready by its own probe before this one starts. */
  readonly ready?: boolean;
}

/** Something that only one resource may have: a uuid, a MAC address, a port, the context id of a vsock, an image to write. */
export interface Claim {
  readonly what: 'uuid' | 'mac' | 'disk' | 'port' | 'cid';
  readonly value: string;
  readonly path: string;
  /** Others may have it as well, if they share it too. */
  readonly shared?: boolean;
}

/** What planning one resource sees. Everything is data: no clock, no I/O. */
export interface PlanInput<K extends Kind> {
  readonly key: ResourceKey<K>;
  /** Completed. Absent: no source declares it. */
  readonly desired: Def<K> | undefined;
  /** Absent: nothing of it exists here. */
  readonly live: Live<K> | undefined;
  /** `drift(desired, live)`. */
  readonly changes: readonly Change[];
  /** Where now stands in the windows that `windows(desired)` names. */
  readonly window?: WindowState;
  /** Who approved its restart by name, once, for this spec. */
  readonly approvedBy?: string;
  /** Subjects of steps that are left out for now, with all that builds on them: they failed. */
  readonly failing?: Pick<ReadonlySet<string>, 'has'>;
}

/** What is probed: another run of the same resource has to show again that it is ready. */
export interface Probed {
  readonly probe: Probe;
  readonly run: string;
}

/** How a changed definition is tried, and what is done at its end. */
export interface KindSafety<K extends Kind> {
  /** Before it starts, while it is down. */
  readonly prepare: Action<K> | undefined;
  readonly probe: Probe | undefined;
  /** Seconds it may take to show that it works. */
  readonly timeout: number;
  readonly goBack: readonly Action<K>[];
  readonly drop: Action<K>;
}

/** Whether disturbing a guest is allowed right now. Times are ISO text. */
export interface WindowState {
  readonly open: boolean;
  /** When it opens next. Absent: never. */
  readonly opens?: string;
}

export interface KindPlan<K extends Kind> {
  readonly steps: readonly Step<K>[];
  /** What this kind's own policy (restartPolicy, runStrategy, reclaimPolicy) forbids for now. */
  readonly held: readonly Held[];
}

/** How a preview stands apart from what it is a preview of. */
export interface Isolation {
  readonly network: 'user' | 'none' | 'same';
  /** What a resource of the same specs is called in the preview; undefined: it is none of them. */
  nameOf(key: ResourceKey): string | undefined;
  metadata(of: Metadata): Metadata;
  /** The image of a volume that is there already. */
  imageOf(volume: string): { readonly path: string; readonly format: 'raw' | 'qcow2' } | undefined;
}

export interface Isolated<K extends Kind> {
  readonly def: Def<K>;
  /** What is not as in the original, for people. */
  readonly notes: readonly string[];
}

/** All that the project knows about a kind. Every member is pure. One row of `kinds/table.ts`. */
export interface KindRules<K extends Kind> {
  readonly kind: K;
  /** JSON Schema of the YAML form, whole document. */
  readonly schema: JsonSchema;
  readonly codec: Codec<K>;
  /** Lower comes first among independent resources; reversed on removal. */
  readonly order: number;
  /**
   * Fills what the spec leaves out. `previous` is what was completed or runs before: assigned values (uuid, MAC,
   * addresses, aliases, machine version) are inherited from it, so that a new release never changes a guest.
   * complete(complete(d)) = complete(d).
   */
  complete(def: Def<K>, previous: Def<K> | undefined, capabilities: Capabilities<K>): Def<K>;
  /** Mistakes that a schema cannot see. */
  validate(def: Def<K>): readonly Problem[];
  references(def: Def<K>): readonly Reference[];
  /** Whether those that depend on it may count on it: it runs, or is about to. Absent: being there is enough. */
  serves?(def: Def<K>, live: Live<K> | undefined): boolean;
  /** How to tell that this run of it does its work. Absent: being there, or running, is ready. */
  readiness?(def: Def<K>, live: Live<K> | undefined, instead?: Probe): Probed | undefined;
  /** What a definition asks for when it starts changed. Absent: that it starts is enough. */
  safety?(def: Def<K>): KindSafety<K> | undefined;
  claims?(def: Def<K>): readonly Claim[];
  /** What its fields reach on the host. Without it, only sources that may do everything may declare this kind. */
  readonly touches?: TouchTable;
  /** Every difference between what is wanted and what is, power state included. Empty ⇔ converged. */
  drift(desired: Def<K> | undefined, live: Live<K> | undefined): readonly Change[];
  plan(input: PlanInput<K>): KindPlan<K>;
  impact(path: string): Impact;
  /** When that impact holds; a restart otherwise. Absent: always. */
  impactCondition?(path: string): string | undefined;
  /** When its policy lets it be disturbed. Absent or empty: the clock has no say. */
  windows?(def: Def<K>): readonly MaintenanceWindow[];
  /** The pure model of success: what live becomes when the action works. `drivers/test` performs with it. */
  apply(live: Live<K> | undefined, action: Action<K>, key: ResourceKey<K>): Live<K> | undefined;
  /** And what it becomes under another name. Kinds without it, or definitions without a uuid, are never renamed. */
  rename?(live: Live<K>, to: ResourceKey<K>): Live<K>;
  /** What someone else changed on it since we applied it last. */
  drifted?(live: Live<K>): readonly Drift[];
  /** The same beside itself, for a preview. Without it, a kind has no previews. */
  isolate?(def: Def<K>, isolation: Isolation): Isolated<K>;
  /** What a start would go on with instead of what is wanted: the machine whose memory was put to a file. */
  goesOn?(live: Live<K>): Def<K> | undefined;
  /** What it holds on to right now, whatever its definition says by now: none of that may be removed. */
  uses?(live: Live<K>): readonly Reference[];
  /**
   * The definition that works right now, or else worked last; `accepted` is the one on record. Kinds without this are
   * never rolled back.
   */
  lastRun?(live: Live<K>, accepted: Def<K>): Def<K> | undefined;
  /** The last time that it went down against our will: what the crash-loop backoff counts. */
  crash?(live: Live<K>): { readonly at: string; readonly reason: string } | undefined;
  /** What `status` shows: state words and facts. */
  summary(live: Live<K> | undefined): {
    readonly state: string;
    readonly runState?: string;
    readonly pid?: number;
    readonly uuid?: string;
    /** Its memory waits in a file for the next start. */
    readonly saved?: { readonly at: string; readonly bytes: number };
  };
}

export type KindTable = { readonly [K in Kind]: KindRules<K> };
