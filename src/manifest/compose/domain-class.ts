import { nearest } from '../../kinds/shape/nearest.ts';
import type { JsonSchema } from '../../model/json.ts';
import { apiVersion } from '../../model/resource.ts';
import { plainSchema } from '../plain-schema.ts';
import { mergePatch } from './merge-patch.ts';
import { NodeReader } from './node-reader.ts';
import { fieldOf, nodeOf, type Place, plainOf, type SpecNode, sizeOf, textOf } from './spec-node.ts';
import { type PlacedProblem, referencesIn, substitute, type Values, variableName } from './substitute.ts';

const types = ['string', 'integer', 'boolean', 'size'] as const;

interface Parameter {
  readonly type: (typeof types)[number];
  readonly default?: SpecNode;
  readonly required: boolean;
  readonly allowed?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A machine in the abstract: what is alike of many, and the parameters in which they differ. */
export interface DomainClass {
  readonly name: string;
  readonly place: Place;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly labels?: SpecNode;
  /** The spec of a Domain. */
  readonly template: SpecNode;
  /** Volumes that each of its machines has of its own. */
  readonly volumes: readonly SpecNode[];
  readonly size: number;
}

/** Given by us in every class. */
const builtIn = 'name';
const limits = { parameters: 100, volumes: 100 } as const;

export function readClass(document: SpecNode, reader: NodeReader): DomainClass | undefined {
  const { metadata, spec } = reader.fields(document, '', ['apiVersion', 'kind', 'metadata', 'spec']);
  reader.fields(metadata, 'metadata', ['name', 'annotations']);
  const name = textOf(metadata, 'name');
  if (name === undefined || !/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(name)) {
    reader.report(
      'missing-field',
      metadata?.place ?? document.place,
      'a class needs a name',
      'metadata.name',
    );
    return undefined;
  }
  const fields = reader.fields(spec, 'spec', ['description', 'parameters', 'labels', 'template', 'volumes']);
  const { template, labels } = fields;
  if (!template?.fields) {
    const place = template?.place ?? spec?.place ?? document.place;
    reader.report('missing-field', place, 'a class needs a template: the spec of a Domain', 'spec.template');
    return undefined;
  }
  for (const word of ['class', 'parameters']) {
    const nested = fieldOf(template, word);
    if (nested)
      reader.report(
        'not-supported',
        nested.key ?? nested.place,
        'a class is not made of classes',
        `spec.template.${word}`,
      );
  }
  reader.map(labels, 'spec.labels');
  const parameters = Object.entries(reader.map(fields['parameters'], 'spec.parameters'));
  if (parameters.length > limits.parameters)
    reader.report(
      'limit-exceeded',
      document.place,
      `more than ${limits.parameters} parameters`,
      'spec.parameters',
    );
  const volumes = reader.list(fields['volumes'], 'spec.volumes').slice(0, limits.volumes);
  for (const [at, volume] of volumes.entries()) {
    const known = reader.fields(volume, `spec.volumes[${at}]`, ['name', 'spec']);
    for (const field of ['name', 'spec'])
      if (!known[field])
        reader.report('missing-field', volume.place, `${field} is missing`, `spec.volumes[${at}].${field}`);
  }
  const found: DomainClass = {
    name,
    place: document.place,
    template,
    volumes,
    ...(labels ? { labels } : {}),
    parameters: Object.fromEntries(
      parameters.map(([key, node]) => [key, readParameter(key, node, reader)] as const),
    ),
    size: sizeOf(document),
  };
  const names = [...Object.keys(found.parameters), builtIn];
  for (const { name: used, place } of [template, ...volumes, ...(labels ? [labels] : [])].flatMap((node) => [
    ...referencesIn(node),
  ])) {
    if (names.includes(used)) continue;
    const near = nearest(used, names);
    reader.report(
      'unknown-variable',
      place,
      `class ${name} has no parameter ${JSON.stringify(used.slice(0, 60))}`,
      '',
      near ? `did you mean \${${near}}?` : 'declare it in spec.parameters; a dollar that means itself is $$',
    );
  }
  return found;
}

function readParameter(name: string, node: SpecNode, reader: NodeReader): Parameter {
  const path = `spec.parameters.${name}`;
  if (!variableName.test(name) || name === builtIn)
    reader.report('invalid-name', node.key ?? node.place, `${name.slice(0, 60)} cannot be a parameter`, path);
  const fields = reader.fields(node, path, [
    'type',
    'default',
    'required',
    'description',
    'enum',
    'pattern',
    'minimum',
    'maximum',
  ]);
  const type = types.find((one) => one === reader.text(fields['type'], `${path}.type`)) ?? 'string';
  if (fields['type'] && textOf(fields['type']) !== type)
    reader.report(
      'invalid-value',
      fields['type'].place,
      `a type is one of ${types.join(', ')}`,
      `${path}.type`,
    );
  const fallback = fields['default'];
  const required = reader.flag(fields['required'], `${path}.required`) ?? fallback === undefined;
  if (required && fallback)
    reader.report(
      'conflicting-options',
      fallback.key ?? fallback.place,
      'required, and yet with a default',
      path,
    );
  const pattern = reader.text(fields['pattern'], `${path}.pattern`);
  if (pattern !== undefined && !plainPattern.test(pattern))
    reader.report(
      'invalid-value',
      fields['pattern']?.place ?? node.place,
      'a pattern is text with * for anything',
      `${path}.pattern`,
    );
  const minimum = reader.number(fields['minimum'], `${path}.minimum`);
  const maximum = reader.number(fields['maximum'], `${path}.maximum`);
  const allowed = fields['enum'] && reader.list(fields['enum'], `${path}.enum`).map(plainOf);
  const parameter: Parameter = {
    type,
    required,
    ...(fallback ? { default: fallback } : {}),
    ...(allowed ? { allowed } : {}),
    ...(pattern === undefined ? {} : { pattern }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
  const wrong = fallback && refusal(fallback, parameter);
  if (wrong) reader.report('invalid-value', fallback.place, wrong, `${path}.default`);
  return parameter;
}

// No regular expressions of others: one can be made to run for ever.
const plainPattern = /^[A-Za-z0-9 ._+:@/*-]{1,200}$/;

/** Why a value is none for this parameter. */
function refusal(
  { scalar }: SpecNode,
  { type, allowed, pattern, minimum, maximum }: Parameter,
): string | undefined {
  if (scalar === undefined || scalar === null) return 'a text, a number, true or false is needed here';
  const fits =
    type === 'boolean'
      ? typeof scalar === 'boolean'
      : type === 'integer'
        ? Number.isSafeInteger(scalar)
        : type === 'size'
          ? Number.isSafeInteger(scalar) || /^\d+(\.\d+)?\s*([KMGTP]i?)?B?$/.test(String(scalar))
          : typeof scalar === 'string';
  const shown = JSON.stringify(scalar).slice(0, 60);
  if (!fits) return `${shown} is no ${type}`;
  if (allowed && !allowed.includes(scalar))
    return `${shown}: one of ${allowed.map(String).join(', ').slice(0, 200)}`;
  if (typeof scalar === 'number' && minimum !== undefined && scalar < minimum)
    return `${shown} is below ${minimum}`;
  if (typeof scalar === 'number' && maximum !== undefined && scalar > maximum)
    return `${shown} is above ${maximum}`;
  if (pattern !== undefined && !matches(String(scalar), pattern)) return `${shown} does not fit ${pattern}`;
  return undefined;
}

/** Each `*` takes as little as it can: linear in the text. */
function matches(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The documents that a Domain of a class stands for: itself with the template below it, and its volumes. */
export function instantiate(
  document: SpecNode,
  domainClass: DomainClass,
): { readonly documents: readonly SpecNode[]; readonly problems: readonly PlacedProblem[] } {
  const reader = new NodeReader();
  const spec = fieldOf(document, 'spec');
  const given = spec && fieldOf(spec, 'parameters');
  const name = fieldOf(fieldOf(document, 'metadata') ?? document, 'name');
  const values = parametersOf(domainClass, given, spec?.place ?? document.place, reader);
  const known: Values = { ...values, ...(name ? { [builtIn]: name } : {}) };
  const report = (problem: PlacedProblem) => reader.problems.push(problem);
  const put = (node: SpecNode) => substitute(node, known, report, `parameter of class ${domainClass.name}`);
  if (reader.problems.length > 0) return { documents: [], problems: reader.problems };
  const { class: _, parameters: __, ...own } = spec?.fields ?? {};
  const ownSpec: SpecNode = { ...(spec ?? document), fields: own };
  const labels = domainClass.labels && put(domainClass.labels);
  const { place } = document;
  const metadata = fieldOf(document, 'metadata');
  const domain: SpecNode = {
    place,
    fields: {
      ...document.fields,
      metadata: mergePatch(
        labels && { place: labels.place, fields: { labels } },
        metadata ?? nodeOf({}, place),
      ),
      spec: mergePatch(put(domainClass.template), ownSpec),
    },
  };
  const volumes = domainClass.volumes.map((volume): SpecNode => {
    const { name: volumeName, spec: volumeSpec } = put(volume).fields ?? {};
    return {
      place: volume.place,
      fields: {
        apiVersion: nodeOf(apiVersion, place),
        kind: nodeOf('Volume', place),
        metadata: { place: volume.place, fields: volumeName ? { name: volumeName } : {} },
        ...(volumeSpec ? { spec: volumeSpec } : {}),
      },
    };
  });
  return { documents: [domain, ...volumes], problems: reader.problems };
}

function parametersOf(
  { name, parameters }: DomainClass,
  given: SpecNode | undefined,
  place: Place,
  reader: NodeReader,
): Values {
  const values: Record<string, SpecNode> = {};
  const written = reader.map(given, 'spec.parameters');
  for (const [key, node] of Object.entries(written)) {
    const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    const path = `spec.parameters.${key}`;
    if (!parameter) {
      const names = Object.keys(parameters);
      const near = nearest(key, names);
      const hint = near ? `did you mean ${near}?` : `its parameters: ${names.join(', ') || 'none'}`;
      reader.report(
        'unknown-field',
        node.key ?? node.place,
        `class ${name} has no parameter ${key}`,
        path,
        hint,
      );
      continue;
    }
    const wrong = refusal(node, parameter);
    if (wrong)
      reader.report('invalid-value', node.place, `parameter ${key} of class ${name}: ${wrong}`, path);
    values[key] = node;
  }
  for (const [key, parameter] of Object.entries(parameters)) {
    if (values[key]) continue;
    if (parameter.default) values[key] = parameter.default;
    else if (parameter.required)
      reader.report(
        'missing-field',
        given?.place ?? place,
        `class ${name} needs parameter ${key}`,
        `spec.parameters.${key}`,
        `write parameters: {${key}: …}`,
      );
  }
  return values;
}

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
            maxProperties: limits.parameters,
            propertyNames: { pattern: variableName.source },
            additionalProperties: {
              type: 'object',
              additionalProperties: false,
              properties: {
                type: { description: 'Default: string.', type: 'string', enum: types },
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
            maxItems: limits.volumes,
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
