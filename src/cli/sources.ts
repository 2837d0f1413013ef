import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { renderDiagnostic } from '../manifest/render-diagnostic.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Terminal } from './command.ts';

/** Prints diagnostics with the lines that they speak of. */
export async function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  terminal: Terminal,
  texts: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const read = new Map(texts);
  for (const diagnostic of diagnostics) {
    const { file } = diagnostic;
    if (file !== undefined && !read.has(file))
      read.set(file, await readFile(resolve(file), 'utf8').catch(() => ''));
    terminal.err(renderDiagnostic(diagnostic, file === undefined ? undefined : read.get(file), terminal));
  }
}

/** `-` is standard input. */
export async function standardInput(path: string): Promise<string | undefined> {
  if (path !== '-') return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
