import { version } from '../version.ts';
import { type Finding, sentence } from './finding.ts';

const levels = { error: 'error', warning: 'warning', notice: 'note' } as const;

/** SARIF 2.1.0: GitHub code scanning and editors read it. */
export function sarif(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map(({ code }) => code))];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'qonverge', version, rules: rules.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: rules.indexOf(finding.code),
          level: levels[finding.severity],
          message: { text: sentence(finding) },
          ...locations(finding),
        })),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

/** A relative reference, whatever the names are. */
function uriOf(file: string): string {
  const wellFormed = Buffer.from(file).toString();
  return wellFormed.split('/').map(encodeURIComponent).join('/');
}

function locations({ file, line, column }: Finding): object {
  if (file === undefined) return {};
  const region = line === undefined ? {} : { region: { startLine: line, startColumn: column ?? 1 } };
  return { locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }] };
}
