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
  /** How many words besides flags it takes; absent: one at most. */
  readonly operands?: 'none' | 'many';
  readonly examples?: readonly string[];
  /** Exit status. Failures are thrown. */
  run(args: ParsedArguments, terminal: Terminal): Promise<number>;
}
