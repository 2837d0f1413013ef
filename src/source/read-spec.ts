import { readBytes, readBytesSync } from '../host/files.ts';
import { signatureNow, signatureNowSync } from '../host/tree.ts';
import type { KindTable } from '../kinds/contract.ts';
import { decodeFile } from '../manifest/decode.ts';
import type { DecodedFile, DecodeOptions } from '../manifest/decoded-file.ts';
import { fileLimits } from '../manifest/file-limits.ts';
import type { DiagnosticCode } from '../model/diagnostic.ts';

/** A file to read: where it is, what people call it, and what it looked like when it was found. */
export interface SpecRequest {
  readonly path: string;
  readonly shown: string;
  readonly size: number;
  readonly signature: string;
  /** What it holds, where it is not a file of this host: nothing is read then. */
  readonly bytes?: Uint8Array;
  /** An overlay rules it: its resources wait to be put together. */
  readonly keep?: boolean;
}

export interface SpecRead {
  readonly decoded: DecodedFile;
  /** The text ends as a finished text does. */
  readonly whole: boolean;
  /** The trouble may go away without the file changing. */
  readonly again?: boolean;
}

/** How files are read. */
interface Reading {
  bytes(path: string, most: number): Uint8Array | Promise<Uint8Array>;
  signature(path: string): string | undefined | Promise<string | undefined>;
}

const reading: Reading = { bytes: readBytes, signature: signatureNow };
/** A file system that hangs holds up its thread: for threads of their own, which read so at a fraction of the cost. */
export const blockingReading: Reading = { bytes: readBytesSync, signature: signatureNowSync };

/** Reads and decodes one file. undefined: it changed meanwhile. */
export async function readSpec(
  { path, shown, size, signature, bytes: given, keep = false }: SpecRequest,
  kinds: KindTable,
  options: DecodeOptions = {},
  { bytes: bytesOf, signature: signatureOf } = reading,
): Promise<SpecRead | undefined> {
  if (size > fileLimits.bytes)
    return wrong(shown, 'file-too-large', `${size} bytes, ${fileLimits.bytes} is the most`);
  let bytes: Uint8Array;
  try {
    bytes = given ?? (await bytesOf(path, fileLimits.bytes));
  } catch (error) {
    return { ...wrong(shown, 'file-unreadable', (error as Error).message), again: true };
  }
  if (!given && (await signatureOf(path)) !== signature) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return wrong(shown, 'file-encoding', 'not UTF-8', 'save it as UTF-8');
  }
  return { decoded: decodeFile({ path: shown, text, keep }, kinds, options), whole: text.endsWith('\n') };
}

/** A file that declares nothing, for one reason. */
export function wrong(file: string, code: DiagnosticCode, message: string, suggestion?: string): SpecRead {
  const diagnostic = { severity: 'error', code, message, file, line: 1, column: 1 } as const;
  return {
    decoded: {
      declared: [],
      mentioned: [],
      diagnostics: [suggestion === undefined ? diagnostic : { ...diagnostic, suggestion }],
    },
    whole: true,
  };
}
