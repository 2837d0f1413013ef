import type { JsonSchema } from '../../model/json.ts';
import { plainSchema } from '../plain-schema.ts';
import type { NodeReader } from './node-reader.ts';
import { fieldOf, type Place, type SpecNode } from './spec-node.ts';
import { type Values, variableName } from './substitute.ts';

/** The file that makes an overlay of the directory it stands in. */
export const overlayFile = 'qonverge.yaml';

/** What `qonverge.yaml` says about the specs of its directory. */
export interface Overlay {
  readonly place: Place;
  /** The directory declares nothing by itself: it is there to be taken by others. */
  readonly base: boolean;
  /** Directories whose specs are taken as well, as written. */
  readonly bases: readonly { readonly path: string; readonly place: Place }[];
  readonly patches: readonly OverlayPatch[];
  /** Absent: references are plain text here. */
  readonly values?: Values;
  readonly valuesFiles: readonly { readonly path: string; readonly place: Place }[];
}

export interface OverlayPatch {
  readonly place: Place;
  readonly kind?: string;
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly patch: SpecNode;
}

const limits = { bases: 100, patches: 1_000 } as const;

export function readOverlay(document: SpecNode, reader: NodeReader): Overlay {
  const fields = reader.fields(document, '', [
    'apiVersion',
    'kind',
    'base',
    'bases',
    'patches',
    'values',
    'valuesFiles',
  ]);
  const paths = (name: 'bases' | 'valuesFiles') =>
    within(reader, fields[name], name, limits.bases).flatMap((item, at) => {
      const path = reader.text(item, `${name}[${at}]`);
      return path === undefined ? [] : [{ path, place: item.place }];
    });
  const patches = within(reader, fields['patches'], 'patches', limits.patches);
  return {
    place: document.place,
    base: reader.flag(fields['base'], 'base') ?? false,
    bases: paths('bases'),
    valuesFiles: paths('valuesFiles'),
    patches: patches.flatMap((item, at) => readPatch(item, `patches[${at}]`, reader) ?? []),
    ...(fields['values'] ? { values: reader.values(fields['values'], 'values', variableName) } : {}),
  };
}

function within(
  reader: NodeReader,
  node: SpecNode | undefined,
  path: string,
  most: number,
): readonly SpecNode[] {
  const items = reader.list(node, path);
  if (node && items.length > most)
    reader.report('limit-exceeded', node.place, `more than ${most} ${path}`, path);
  return items.slice(0, most);
}

function readPatch(item: SpecNode, path: string, reader: NodeReader): OverlayPatch | undefined {
  const { target, patch } = reader.fields(item, path, ['target', 'patch']);
  if (!target || !patch) {
    const missing = target ? 'patch' : 'target';
    const example = 'target: {kind: Domain, name: web-1}, patch: {spec: {memory: 4GiB}}';
    reader.report('missing-field', item.place, `${missing} is missing`, `${path}.${missing}`, example);
    return undefined;
  }
  const words = reader.fields(target, `${path}.target`, ['kind', 'name', 'labels']);
  const kind = reader.text(words['kind'], `${path}.target.kind`);
  const name = reader.text(words['name'], `${path}.target.name`);
  const labels = Object.entries(reader.map(words['labels'], `${path}.target.labels`)).flatMap(
    ([key, node]) => {
      const value = reader.text(node, `${path}.target.labels.${key}`);
      return value === undefined ? [] : [[key, value] as const];
    },
  );
  if (kind === undefined && name === undefined && labels.length === 0)
    reader.report(
      'missing-field',
      target.place,
      'a target names a kind, a name or labels',
      `${path}.target`,
      'kind: Domain means all of them',
    );
  const fields = reader.fields(patch, `${path}.patch`, ['metadata', 'spec']);
  const rename = fields['metadata'] && fieldOf(fields['metadata'], 'name');
  if (rename)
    reader.report(
      'invalid-value',
      rename.key ?? rename.place,
      'a patch does not rename: the name is the identity',
      `${path}.patch.metadata.name`,
      'write name: "web-${env}" in the base, and values here',
    );
  return {
    place: item.place,
    patch,
    labels: Object.fromEntries(labels),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
  };
}

export function overlaySchema(): JsonSchema {
  const paths = (description: string): JsonSchema => ({
    description,
    type: 'array',
    items: { type: 'string' },
    maxItems: limits.bases,
  });
  return plainSchema('Overlay', {
    type: 'object',
    additionalProperties: false,
    properties: {
      base: {
        description:
          'This directory declares nothing by itself: others take it with `bases`. Default: false.',
        type: 'boolean',
      },
      bases: paths(
        'Directories, relative to this file, whose specs are taken as well; each says `base: true`.',
      ),
      patches: {
        description: 'Changes to what this directory and its bases hold, in this order.',
        type: 'array',
        maxItems: limits.patches,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['target', 'patch'],
          properties: {
            target: {
              description: 'What is changed: all that it says must hold. It has to be something.',
              type: 'object',
              additionalProperties: false,
              minProperties: 1,
              properties: {
                kind: { description: 'Its kind.', type: 'string' },
                name: { description: 'Its name.', type: 'string' },
                labels: {
                  description: 'Labels that it has.',
                  type: 'object',
                  additionalProperties: { type: 'string' },
                },
              },
            },
            patch: {
              description:
                'JSON merge patch (RFC 7386): maps are merged, null takes a field away, a list replaces the list.',
              type: 'object',
              additionalProperties: false,
              properties: {
                metadata: { description: 'Labels and annotations.', type: 'object' },
                spec: { description: 'What it should be.', type: 'object' },
              },
            },
          },
        },
      },
      values: {
        description:
          'What `${name}` stands for in the texts of this directory and of its bases; these win over those of bases.',
        type: 'object',
        propertyNames: { pattern: variableName.source },
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      },
      valuesFiles: paths(
        'Files of `kind: Values`, relative to this one; later ones win, `values` here wins over them.',
      ),
    },
  });
}
