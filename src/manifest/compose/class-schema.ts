import type { JsonSchema } from '../../model/json.ts';
import { plainSchema } from '../plain-schema.ts';
import { classLimits } from './domain-class.ts';
import { parameterTypes } from './parameter.ts';
import { variableName } from './substitute.ts';

export function classSchema(): JsonSchema {
  const scalar = { type: ['string', 'number', 'boolean'] };
  return plainSchema('DomainClass', {
    type: 'object',
    additionalProperties: false,
    required: ['metadata', 'spec'],
    properties: {
      metadata: {
        description: 'Name of the class.',
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: {
          name: {
            description: 'What Domains call it. Seen by the files of this directory and below.',
            type: 'string',
            pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$',
          },
          annotations: {
            description: 'Notes for people and tools.',
            type: 'object',
            additionalProperties: { type: 'string' },
          },
        },
      },
      spec: {
        description: 'What its machines have in common.',
        type: 'object',
        required: ['template'],
        additionalProperties: false,
        properties: {
          description: { description: 'For people.', type: 'string' },
          parameters: {
            description:
              'In what its machines may differ, by name. `${name}` in the template takes the value.',
            type: 'object',
            maxProperties: classLimits.parameters,
            propertyNames: { pattern: variableName.source },
            additionalProperties: {
              type: 'object',
              additionalProperties: false,
              properties: {
                type: { description: 'Default: string.', type: 'string', enum: parameterTypes },
                default: { description: 'What holds when a Domain does not say.', ...scalar },
                required: {
                  description: 'A Domain has to say. Default: true where there is no default.',
                  type: 'boolean',
                },
                description: { description: 'For people.', type: 'string' },
                enum: { description: 'The values that there are.', type: 'array', items: scalar },
                pattern: { description: 'What a text looks like, with * for anything.', type: 'string' },
                minimum: { description: 'The least number.', type: 'number' },
                maximum: { description: 'The greatest number.', type: 'number' },
              },
            },
          },
          labels: {
            description: 'Labels of its machines.',
            type: 'object',
            additionalProperties: { type: 'string' },
          },
          template: {
            description:
              "The spec of a Domain, with `${parameter}` and `${name}` (the machine's name) in texts. What a Domain says itself is merged over it (RFC 7386).",
            type: 'object',
          },
          volumes: {
            description: 'Volumes that each of its machines has of its own.',
            type: 'array',
            maxItems: classLimits.volumes,
            items: {
              type: 'object',
              required: ['name', 'spec'],
              additionalProperties: false,
              properties: {
                name: { description: 'Mostly `${name}-root`.', type: 'string' },
                spec: { description: 'The spec of a Volume.', type: 'object' },
              },
            },
          },
        },
      },
    },
  });
}
