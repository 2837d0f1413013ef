import type { Flags, ParsedArguments } from './arguments.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly color: boolean;
  readonly isTty: boolean;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
  readonly flags: Flags;
  readonly examples?: readonly string[];
  /** Exit status. Failures are thrown. */
  run(args: ParsedArguments, terminal: Terminal): Promise<number>;
}
