/** Codes of mistakes in what users write. Closed: each has a row in docs/errors.md (checked by test). */
export const diagnosticCodes = [
  'file-unreadable',
  'file-too-large',
  'file-empty',
  'file-encoding',
  'file-unsettled',
  'lfs-pointer',
  'yaml-syntax',
  'yaml-tag',
  'yaml-alias',
  'yaml-duplicate-key',
  'yaml-forbidden-key',
  'xml-syntax',
  'xml-doctype',
  'xml-unknown-element',
  'xml-unknown-attribute',
  'xml-duplicate-element',
  'xml-text',
  'limit-exceeded',
  'root-not-a-map',
  'unknown-kind',
  'unknown-api-version',
  'unknown-field',
  'missing-field',
  'wrong-type',
  'invalid-value',
  'invalid-name',
  'invalid-size',
  'not-supported',
  'duplicate-resource',
  'duplicate-uuid',
  'duplicate-mac',
  'duplicate-port',
  'duplicate-cid',
  'shared-disk',
  'missing-reference',
  'unknown-variable',
  'unmatched-patch',
  'outside-source',
  'reference-cycle',
  'address-conflict',
  'missing-controller',
  'conflicting-options',
  'no-head-room',
  'source-unavailable',
  'policy-violation',
  'quota-exceeded',
  'plain-secret',
  'expectation-unmet',
] as const;

export type DiagnosticCode = (typeof diagnosticCodes)[number];

/** A place in a file: 1-based line and column (UTF-16 units, as editors count). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `notice`: no mistake, something to know. */
export type Severity = 'error' | 'warning' | 'notice';

/** A user's mistake, as a value. Decoding collects these; it never throws. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Definition path: `spec.devices.disks[0].cache`. */
  readonly path?: string;
  /** The way out: what to write instead. */
  readonly suggestion?: string;
}

/** A mistake found in a definition, before it has a file and a position. */
export interface Problem {
  readonly severity?: Severity;
  readonly code: DiagnosticCode;
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}
