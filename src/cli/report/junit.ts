import { whereOf } from '../../model/where-of.ts';
import { type Finding, sentence } from './finding.ts';

/** JUnit XML: one case a file, failed by its errors. Warnings and notices stand in its output. */
export function junit(findings: readonly Finding[], files: readonly string[]): string {
  const byFile = new Map<string, Finding[]>([...new Set(files)].map((file) => [file, []]));
  for (const finding of findings) {
    const file = finding.file ?? '(all)';
    byFile.set(file, [...(byFile.get(file) ?? []), finding]);
  }
  const failed = [...byFile.values()].filter(isFailed).length;
  const counts = `tests="${byFile.size}" failures="${failed}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="qonverge" ${counts}>`,
    `  <testsuite name="qonverge" ${counts} errors="0" skipped="0">`,
    ...[...byFile].flatMap(([file, found]) => testCase(file, found)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function isFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

function testCase(file: string, findings: readonly Finding[]): string[] {
  const head = `    <testcase classname="qonverge" name="${xml(file)}"`;
  if (findings.length === 0) return [`${head}/>`];
  const failures = findings.filter(({ severity }) => severity === 'error');
  const others = findings.filter(({ severity }) => severity !== 'error');
  return [
    `${head}>`,
    ...failures.map(
      (one) =>
        `      <failure type="${xml(one.code)}" message="${xml(one.message)}">${xml(line(one))}</failure>`,
    ),
    ...(others.length > 0 ? [`      <system-out>${xml(others.map(line).join('\n'))}</system-out>`] : []),
    '    </testcase>',
  ];
}

function line(finding: Finding): string {
  const place = whereOf(finding);
  return `${place} ${finding.severity}[${finding.code}]: ${sentence(finding)}`;
}

function xml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
      .replace(/\p{Surrogate}/gu, '?')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
