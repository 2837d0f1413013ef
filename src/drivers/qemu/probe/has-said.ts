import { readFrom } from '../../../host/files.ts';
import { matchesWithin } from '../../../host/matches-within.ts';
import { serialFiles } from '../../../kinds/domain/serial-files.ts';
import { Failure } from '../../../model/failure.ts';
import type { SerialMarker } from '../../../model/probe.ts';
import type { Session } from '../session.ts';

/** What one try reads of one file at most: a guest that floods its console delays nobody but itself. */
const mostPerTry = 4 * 1024 * 1024;
/** A line without end is cut. */
const longestLine = 4_096;
/** An expression that takes longer on one try is refused. */
const patience = 50;

/** How far one file was read, and the line that has no end yet. */
interface Reading {
  readonly at: number;
  readonly rest: string;
}

/** What was read of a machine's serial ports since it started. Once said is said. */
export interface Heard {
  readonly marker: string;
  readonly said: boolean;
  readonly files: ReadonlyMap<string, Reading>;
}

/** Resolves when the guest has said it since its start, on any serial port that is written to a file. */
export async function hasSaid(session: Session, marker: SerialMarker): Promise<string> {
  const name = JSON.stringify(marker);
  const before =
    session.heard?.marker === name ? session.heard : { marker: name, said: false, files: new Map() };
  if (before.said) return 'was said';
  const files = new Map<string, Reading>(before.files);
  let said = false;
  for (const { path } of serialFiles(session.record.running.spec)) {
    const { at, rest } = files.get(path) ?? { at: session.record.serialSizes?.[path] ?? 0, rest: '' };
    const bytes = await readFrom(path, at, mostPerTry);
    const lines = (rest + bytes.toString('utf8')).split(/[\r\n]+/).map((line) => line.slice(-longestLine));
    said ||= matches(marker, lines);
    files.set(path, { at: at + bytes.length, rest: lines.at(-1) ?? '' });
  }
  session.heard = { marker: name, said, files };
  if (said) return 'was said';
  throw new Failure('timed-out', 'not said yet');
}

function matches({ text, pattern }: SerialMarker, lines: readonly string[]): boolean {
  if (text !== undefined) return lines.some((line) => line.includes(text));
  const found = pattern === undefined ? false : matchesWithin(pattern, lines, patience);
  if (found === undefined)
    throw new Failure('timed-out', `the expression takes more than ${patience} ms on what the guest said`);
  return found;
}
