import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { renderDiagnostic } from '../manifest/render-diagnostic.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
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
    if (file !== undefined && !read.has(file)) read.set(file, await readFile(file, 'utf8').catch(() => ''));
    const text = file === undefined ? undefined : read.get(file);
    terminal.err(renderDiagnostic(nearby(diagnostic), text, terminal));
  }
}

/** With its file as a person here would write it. */
export function nearby(diagnostic: Diagnostic): Diagnostic {
  const { file } = diagnostic;
  return file === undefined ? diagnostic : { ...diagnostic, file: shownFile(file) };
}

export function shownFile(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near === '' ? '.' : near;
}

/** `-` is standard input. */
export async function standardInput(
  path: string,
  textOf = (bytes: Buffer) => bytes.toString('utf8'),
): Promise<string | undefined> {
  if (path !== '-') return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const text = textOf(Buffer.concat(chunks));
  if (text === '') throw new Failure('refused', 'standard input is empty', { retry: 'never' });
  return text;
}
