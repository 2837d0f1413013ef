import { nearest } from '../../kinds/shape/nearest.ts';
import { apiVersion } from '../../model/resource.ts';
import type { DomainClass } from './domain-class.ts';
import { mergePatch } from './merge-patch.ts';
import { NodeReader } from './node-reader.ts';
import { builtIn, refusal } from './parameter.ts';
import type { PlacedProblem } from './placed-problem.ts';
import { fieldOf, nodeOf, type Place, type SpecNode } from './spec-node.ts';
import { substitute, type Values } from './substitute.ts';

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
