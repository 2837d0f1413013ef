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
  const place = plain(whereOf(diagnostic));
  const head = `${place ? `${paint('1', place)}: ` : ''}${paint(styles[severity], `${severity}[${code}]`)}: ${plain(message)}`;
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
  if (path) lines.push(`${paint('2', '      =')} at ${plain(path)}`);
  if (suggestion) lines.push(`${paint('2', '      =')} ${paint('36', plain(suggestion))}`);
  return lines.join('\n');
}

/** On one line, and in the order in which it is read: nothing that a spec says rules a terminal or begins a line of a log. */
function plain(text: string): string {
  return (
    text
      .replace(/[\t\r\n]/g, ' ')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: never to a terminal
      .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '?')
  );
}
