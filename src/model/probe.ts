/** How to tell that a guest does its work. All that are given have to succeed. */
export interface Probe {
  /** A connection from this host. */
  readonly tcp?: TcpTarget;
  /** A command in the guest, by the guest agent. */
  readonly exec?: GuestCommand;
  /** The guest agent answers. */
  readonly agentPing?: boolean;
  /** What the guest has said on a serial port since it started; one of the two. */
  readonly marker?: SerialMarker;
  /** Seconds from the start to the first try. */
  readonly initialDelay?: number;
  /** Seconds between two tries. */
  readonly period?: number;
  /** Seconds for one try. */
  readonly timeout?: number;
  /** So many failures in a row mean that it is not ready. */
  readonly failureThreshold?: number;
  /** For people, when it fails: what to look at. */
  readonly hint?: string;
}

export interface TcpTarget {
  /** An IP address: nothing is looked up, so that nothing else can be meant later. */
  readonly host: string;
  readonly port: number;
}

export interface GuestCommand {
  readonly command: string;
  readonly args?: readonly string[];
  readonly exitCode?: number;
}

export interface SerialMarker {
  readonly text?: string;
  /** A regular expression. */
  readonly pattern?: string;
}

export const probeDefaults = { initialDelay: 0, period: 5, timeout: 3, failureThreshold: 3 } as const;

/** What one try has given. */
export interface ProbeAnswer {
  readonly ok: boolean;
  /** What was tried and what came back, for people. */
  readonly message: string;
}
