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
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|')
    .replaceAll('`', '\\`')
    .replaceAll('@', '&#64;')
    .replaceAll('![', '!\\[')
    .replaceAll('](', ']\\(')
    .replace(/\s+/g, ' ');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replace(/\s+/g, ' ')}\``;
}
