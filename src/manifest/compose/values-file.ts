import type { Diagnostic } from '../../model/diagnostic.ts';
import type { JsonSchema } from '../../model/json.ts';
import { apiVersion } from '../../model/resource.ts';
import { plainSchema } from '../plain-schema.ts';
import { readYaml } from '../yaml-tree.ts';
import { NodeReader } from './node-reader.ts';
import { diagnosticOf } from './placed-problem.ts';
import { nodeOf, type SpecNode } from './spec-node.ts';
import { type Values, variableName } from './substitute.ts';

/** A document of `kind: Values`: it declares nothing. */
export function readValues(document: SpecNode, reader: NodeReader): Values {
  const { values } = reader.fields(document, '', ['apiVersion', 'kind', 'values']);
  if (!values) reader.report('missing-field', document.place, 'values is missing', 'values');
  return reader.values(values, 'values', variableName);
}

/** A file of values outside any source: a plain map, or a document of `kind: Values`. With any mistake there are none. */
export function decodeValues(file: { readonly path: string; readonly text: string }): {
  readonly values: Values | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { documents, problems } = readYaml(file.text);
  const reader = new NodeReader();
  for (const { code, message, position } of problems)
    reader.report(code, { file: file.path, ...position }, message);
  const [document] = documents;
  const node = document?.node(file.path) ?? nodeOf({}, { file: file.path, line: 1, column: 1 });
  const wrapped = node.fields?.['kind']?.scalar === 'Values';
  if (wrapped && node.fields?.['apiVersion']?.scalar !== apiVersion)
    reader.report('unknown-api-version', node.place, `write apiVersion: ${apiVersion}`);
  const values = wrapped ? readValues(node, reader) : reader.values(node, '', variableName);
  const diagnostics = reader.problems.map(diagnosticOf);
  return { values: diagnostics.length > 0 ? undefined : values, diagnostics };
}

export function valuesSchema(): JsonSchema {
  return plainSchema('Values', {
    type: 'object',
    additionalProperties: false,
    required: ['values'],
    properties: {
      values: {
        description: 'What `${name}` stands for.',
        type: 'object',
        propertyNames: { pattern: variableName.source },
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      },
    },
  });
}
