import { createHash } from 'node:crypto';
import { type Finding, sentence } from './finding.ts';

const severities = { error: 'major', warning: 'minor', notice: 'info' } as const;

/** GitLab's code quality report. The fingerprint leaves the line out, so that an old finding that moved is not a new one. */
export function gitlab(findings: readonly Finding[]): string {
  const seen = new Map<string, number>();
  const issues = findings.map((finding) => {
    const { code, severity, file = '.', line = 1 } = finding;
    const identity = [code, file, finding.message].join('\0');
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    return {
      description: sentence(finding),
      check_name: code,
      fingerprint: createHash('sha256').update(`${identity}\0${count}`).digest('hex'),
      severity: severities[severity],
      location: { path: file, lines: { begin: line } },
    };
  });
  return JSON.stringify(issues, null, 2);
}
