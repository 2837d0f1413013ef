import type { JsonSchema } from '../../model/json.ts';
import { plainSchema } from '../plain-schema.ts';
import type { NodeReader } from './node-reader.ts';
import type { SpecNode } from './spec-node.ts';
import { type Values, variableName } from './substitute.ts';

/** A document of `kind: Values`: it declares nothing. */
export function readValues(document: SpecNode, reader: NodeReader): Values {
  const { values } = reader.fields(document, '', ['apiVersion', 'kind', 'values']);
  if (!values) reader.report('missing-field', document.place, 'values is missing', 'values');
  return reader.values(values, 'values', variableName);
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
