import { Decoding } from '../kinds/shape/decoding.ts';
import { plainSchema } from '../manifest/plain-schema.ts';
import { readYaml } from '../manifest/yaml-tree.ts';
import type { Diagnostic, Position, Problem } from '../model/diagnostic.ts';
import type { JsonSchema } from '../model/json.ts';
import { apiVersion } from '../model/resource.ts';
import { policyCodec } from './codec.ts';
import type { Policy } from './policy.ts';

/** A policy file's text. With any mistake there is no policy: half a wall is none. */
export function decodePolicy(file: { readonly path: string; readonly text: string }): {
  readonly policy: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = (problem: Omit<Problem, 'path'> & { path?: string }, { line, column }: Position) =>
    diagnostics.push({ ...problem, severity: 'error', file: file.path, line, column });
  const start = { line: 1, column: 1 };
  const { documents, problems } = readYaml(file.text);
  for (const { position, ...problem } of problems) report(problem, position);
  const [document, more] = documents;
  if (more) report({ code: 'limit-exceeded', message: 'a policy file holds one document' }, more.position);
  if (!document) {
    if (problems.length === 0)
      report({ code: 'file-empty', message: 'the policy is empty', suggestion: head }, start);
    return { policy: undefined, diagnostics };
  }
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report({ code: 'root-not-a-map', message: 'a policy is a map', suggestion: head }, document.position);
    return { policy: undefined, diagnostics };
  }
  const { apiVersion: version, kind, ...rest } = value as Readonly<Record<string, unknown>>;
  if (version !== apiVersion || kind !== 'Policy')
    report(
      { code: 'unknown-kind', message: 'this is no policy', suggestion: head },
      document.locate(version === apiVersion ? 'kind' : 'apiVersion'),
    );
  const decoding = new Decoding();
  const decoded = policyCodec.fromYaml(rest, '', decoding);
  for (const problem of decoding.problems)
    report(problem, document.locate(problem.path, problem.code === 'unknown-field' ? 'key' : 'value'));
  if (!decoded || diagnostics.length > 0) return { policy: undefined, diagnostics };
  return {
    policy: {
      file: file.path,
      entries: decoded.sources,
      locate: (path) => document.locate(path, 'key'),
    },
    diagnostics,
  };
}

const head = 'begin with `apiVersion: qonverge/v1`, `kind: Policy` and `sources:`';

/** JSON Schema of the file, for editors. */
export function policySchema(): JsonSchema {
  return plainSchema('Policy', policyCodec.schema(new Map()));
}
