import { nearest } from '../../kinds/shape/nearest.ts';
import type { NodeReader } from './node-reader.ts';
import { builtIn, type Parameter, readParameter } from './parameter.ts';
import { fieldOf, type Place, type SpecNode, sizeOf, textOf } from './spec-node.ts';
import { referencesIn } from './substitute.ts';

export const classLimits = { parameters: 100, volumes: 100 } as const;

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
  if (parameters.length > classLimits.parameters)
    reader.report(
      'limit-exceeded',
      document.place,
      `more than ${classLimits.parameters} parameters`,
      'spec.parameters',
    );
  const volumes = reader.list(fields['volumes'], 'spec.volumes').slice(0, classLimits.volumes);
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
