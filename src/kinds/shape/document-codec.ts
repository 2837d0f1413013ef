import type { JsonSchema } from '../../model/json.ts';
import { apiVersion, type Def, type Kind, type Metadata } from '../../model/resource.ts';
import type { Codec, DecodedDef } from '../contract.ts';
import { Decoding } from './decoding.ts';
import type { ElementCodec } from './element-codec.ts';
import type { SchemaDefinitions } from './field.ts';
import { xmlName } from './location.ts';
import { show } from './scalar.ts';
import { XmlBuilder } from './xml-builder.ts';
import { XmlCursor } from './xml-cursor.ts';

/** A kind as a document: both parts are `inline` codecs that share libvirt's root element. */
export interface DocumentOptions<K extends Kind> {
  readonly kind: K;
  readonly xmlRoot: string;
  readonly metadata: ElementCodec<Metadata>;
  readonly spec: ElementCodec<Def<K>['spec']>;
  readonly assemble: (metadata: Metadata, spec: Def<K>['spec']) => Def<K>;
  /** Order of the root's children as libvirt writes them. */
  readonly order: string;
  /** An attribute of what runs: read over, as libvirt does. */
  readonly passing?: `@${string}`;
}

/** The codec of a whole kind. */
export function documentCodec<K extends Kind>(options: DocumentOptions<K>): Codec<K> {
  const { kind, metadata, spec, xmlRoot } = options;
  const order = options.order.split(/\s+/).filter((word) => word !== '');

  function assemble(parts: {
    metadata: Metadata | undefined;
    spec: Def<K>['spec'] | undefined;
  }): Def<K> | undefined {
    if (parts.metadata === undefined || parts.spec === undefined) return undefined;
    return options.assemble(parts.metadata, parts.spec);
  }

  return {
    xmlRoot,

    fromYaml: (document): DecodedDef<K> => {
      const decoding = new Decoding();
      if (typeof document !== 'object' || document === null || Array.isArray(document)) {
        decoding.report('root-not-a-map', '', `a document must be a map, not ${show(document)}`);
        return { def: undefined, problems: decoding.problems };
      }
      const map = document as Record<string, unknown>;
      if (map.kind !== kind)
        decoding.report('unknown-kind', 'kind', `kind must be ${kind}, not ${show(map.kind)}`);
      if (map.apiVersion !== apiVersion) {
        decoding.report(
          'unknown-api-version',
          'apiVersion',
          `apiVersion must be ${apiVersion}, not ${show(map.apiVersion)}`,
        );
      }
      for (const name of Object.keys(map)) {
        if (!['apiVersion', 'kind', 'metadata', 'spec'].includes(name)) {
          decoding.report('unknown-field', name, `unknown field ${show(name)}`);
        }
      }
      const def = assemble({
        metadata: metadata.fromYaml(map.metadata, 'metadata', decoding),
        spec: spec.fromYaml(map.spec, 'spec', decoding),
      });
      return { def, problems: decoding.problems };
    },

    toYaml: (def) => ({
      apiVersion,
      kind,
      metadata: metadata.toYaml(def.metadata),
      spec: spec.toYaml(def.spec),
    }),

    fromXml: (root): DecodedDef<K> => {
      const decoding = new Decoding();
      const cursor = new XmlCursor(root, decoding);
      decoding.positions.set('', root.position);
      decoding.positions.set('metadata', root.position);
      decoding.positions.set('spec', root.position);
      if (root.local !== xmlRoot || root.namespace !== '') {
        decoding.report('unknown-kind', '', `the root element must be <${xmlRoot}>, not <${root.name}>`);
        return { def: undefined, problems: decoding.problems, positions: decoding.positions };
      }
      if (options.passing !== undefined) cursor.attribute(options.passing.slice(1));
      const parts = { metadata: metadata.fromXml(cursor, 'metadata'), spec: spec.fromXml(cursor, 'spec') };
      cursor.finish('spec', spec.later ?? new Map());
      return { def: assemble(parts), problems: decoding.problems, positions: decoding.positions };
    },

    toXml: (def) => {
      const builder = new XmlBuilder(xmlName(xmlRoot));
      metadata.toXml(def.metadata, builder);
      spec.toXml(def.spec, builder);
      builder.order(order);
      return builder.build();
    },
  };
}

/** The JSON Schema of the YAML form of a whole document. */
export function documentSchema(
  kind: Kind,
  parts: { readonly metadata: ElementCodec<Metadata>; readonly spec: Pick<ElementCodec<never>, 'schema'> },
): JsonSchema {
  const definitions: SchemaDefinitions = new Map();
  const properties = {
    apiVersion: {
      type: 'string',
      const: apiVersion,
      description: `The version of this format: ${apiVersion}.`,
    },
    kind: { type: 'string', const: kind, description: 'What this document declares.' },
    metadata: { description: 'Name and labels.', ...parts.metadata.schema(definitions) },
    spec: { description: 'What it should be.', ...parts.spec.schema(definitions) },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:qonverge:v1:${kind.toLowerCase()}`,
    title: kind,
    type: 'object',
    properties,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    $defs: Object.fromEntries(definitions),
  };
}
