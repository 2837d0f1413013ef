import { type Finding, sentence } from './finding.ts';

/** Commands of an older form are found anywhere in a line. */
const olderForm = /##(?=\[)/g;

/** Workflow commands of GitHub Actions: annotations at their lines. */
export function github(findings: readonly Finding[]): string {
  return findings.map(annotation).join('\n');
}

function annotation(finding: Finding): string {
  const { severity, file, line, column, code } = finding;
  const place = [
    file && `file=${property(file)}`,
    line && `line=${line}`,
    column && `col=${column}`,
    `title=${property(code)}`,
  ].filter(Boolean);
  return `::${severity} ${place.join(',')}::${escaped(sentence(finding))}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replace(olderForm, '# #');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
