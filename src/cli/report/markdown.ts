import { whereOf } from '../../model/where-of.ts';
import { type Finding, sentence } from './finding.ts';

/** A table for a comment. Nothing that a spec says can leave its cell. */
export function markdownTable(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const rows = findings.map(
    ({ column: _, ...finding }) =>
      `| ${finding.severity} | ${code(whereOf(finding))} | ${code(finding.code)} | ${cell(sentence(finding))} |`,
  );
  return ['| | place | code | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

export function cell(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replace(/[\\|`[\]*_~]/g, '\\$&')
      .replace(/\s+/g, ' ')
      // Forges look for these in what is shown, so an entity would not do: a space of no width parts them.
      .replace(/[@#]|:(?=\/\/)|www(?=\.)/gi, '$&&#8203;')
  );
}

/** A backslash before a bar would end its cell, so another one stands for it. */
export function code(text: string): string {
  const shown = text
    .replaceAll('`', "'")
    .replaceAll('\\', '\u29f5')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ');
  return text === '' ? '' : `\`${shown}\``;
}
