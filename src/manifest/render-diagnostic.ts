import type { Diagnostic } from '../model/diagnostic.ts';
import { whereOf } from '../model/where-of.ts';

const styles = { error: '1;31', warning: '1;33', notice: '1;36' } as const;

/** For people: `file:line:column: error[code]: message`, the line with a caret, and the way out. */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  text: string | undefined,
  { color = false } = {},
): string {
  const { severity, code, message, line, column, suggestion, path } = diagnostic;
  const paint = (style: string, words: string) => (color ? `\u001b[${style}m${words}\u001b[0m` : words);
  const place = whereOf(diagnostic);
  const head = `${place ? `${paint('1', place)}: ` : ''}${paint(styles[severity], `${severity}[${code}]`)}: ${message}`;
  const lines = [head];
  const source = line === undefined ? undefined : text?.split(/\r?\n/)[line - 1];
  if (source !== undefined && line !== undefined) {
    const gutter = String(line).padStart(5);
    const at = Math.min((column ?? 1) - 1, source.length);
    // A window around the place: a line of a megabyte is no help.
    const from = Math.max(0, at - 80);
    const shown = plain(source.slice(from, from + 120));
    lines.push(`${paint('2', `${gutter} |`)} ${shown}`);
    lines.push(`${paint('2', '      |')} ${' '.repeat(at - from)}${paint('1;31', '^')}`);
  }
  if (path) lines.push(`${paint('2', '      =')} at ${path}`);
  if (suggestion) lines.push(`${paint('2', '      =')} ${paint('36', suggestion)}`);
  return lines.join('\n');
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: never to a terminal
  return text.replace(/\t/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
