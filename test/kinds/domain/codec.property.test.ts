import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { domainCodec } from '../../../src/kinds/domain/codec.ts';
import { domainSchema } from '../../../src/kinds/domain/schema.ts';
import { namePattern } from '../../../src/kinds/shape/metadata-codec.ts';
import type { DomainDef } from '../../../src/model/domain.ts';
import { readXml } from '../../../src/xml/reader.ts';
import type { XmlElement } from '../../../src/xml/tree.ts';
import { writeXml } from '../../../src/xml/writer.ts';
import { arbitraryDomain, plainDomain } from '../../support/arbitrary-domain.ts';

const validate = new Ajv2020({ strict: true }).compile(domainSchema);

function root(xml: string): XmlElement {
  const document = readXml(xml);
  if (document.root === undefined) throw new Error(`not XML: ${document.problems[0]?.message}\n${xml}`);
  return document.root;
}

const throughYaml = (def: DomainDef) => domainCodec.fromYaml(parse(stringify(domainCodec.toYaml(def))));
const throughXml = (def: DomainDef) => domainCodec.fromXml(root(writeXml(domainCodec.toXml(def))));

/** In XML every disk has a name. */
function withNamedDisks(def: DomainDef): DomainDef {
  const { disks, ...devices } = def.spec.devices ?? {};
  if (disks === undefined) return def;
  const named = disks.map((disk) => ({ ...disk, dev: disk.dev ?? 'vda' }));
  return { ...def, spec: { ...def.spec, devices: { ...devices, disks: named } } };
}

describe('a domain definition', () => {
  it('comes back from YAML text as it was', () => {
    fc.assert(
      fc.property(arbitraryDomain(), (def) => {
        expect(throughYaml(def)).toEqual({ def, problems: [] });
      }),
      { numRuns: 50 },
    );
  });

  it('comes back from XML text as it was', () => {
    fc.assert(
      fc.property(arbitraryDomain(), (any) => {
        const def = withNamedDisks(any);
        const { def: decoded, problems } = throughXml(def);
        expect(problems).toEqual([]);
        expect(decoded).toEqual(def);
      }),
      { numRuns: 50 },
    );
  });

  it('is written in YAML that satisfies the schema', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryDomain(), plainDomain()), (def) => {
        const valid = validate(domainCodec.toYaml(def));
        expect(validate.errors ?? []).toEqual([]);
        expect(valid).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** A copy of a plain value with one node replaced, removed or added. */
function mutated(value: unknown, target: number, junk: unknown): unknown {
  let at = 0;
  function walk(node: unknown): unknown {
    if (at++ === target) return junk;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, item]) => [at === target ? `${key}X` : key, walk(item)]),
    );
  }
  return walk(value);
}

const junk = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    ' ',
    0,
    -1,
    1.5,
    2 ** 60,
    '2GiB',
    '1.5GiB',
    '5s',
    '0x10',
    [],
    {},
    [[]],
    [null],
    'on',
    'tru',
    '../x',
    '/a/../b',
    'a\nb',
    '\u0000',
  ),
  fc.string(),
  fc.integer(),
);

describe('decoding', () => {
  it('of a damaged YAML document finds a problem exactly when the schema does', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryDomain(), plainDomain()), fc.nat(120), junk, (def, target, value) => {
        const document = mutated(domainCodec.toYaml(def), target, value);
        const { problems } = domainCodec.fromYaml(document);
        const inMetadataXml = problems.every(({ path }) => path === 'spec.metadataXml');
        if (problems.length > 0 && inMetadataXml) return;
        expect([validate(document), JSON.stringify(document)]).toEqual([
          problems.length === 0,
          JSON.stringify(document),
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('of any value never throws, and without problems there is a definition', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (value) => {
        for (const document of [
          value,
          { apiVersion: 'qonverge/v1', kind: 'Domain', metadata: value, spec: value },
        ]) {
          const { def, problems } = domainCodec.fromYaml(document);
          expect(def !== undefined || problems.length > 0).toBe(true);
        }
      }),
    );
  });

  it('of damaged XML never throws, and what it accepts comes back the same', () => {
    fc.assert(
      fc.property(
        arbitraryDomain(),
        fc.nat(150),
        fc.constantFrom('', 'x', '-1', '0x1', 'on', 'yes', ' 5 ', 'none'),
        (def, target, text) => {
          const { def: decoded, problems } = domainCodec.fromXml(
            damagedXml(domainCodec.toXml(def), target, text),
          );
          expect(decoded !== undefined || problems.length > 0).toBe(true);
          if (decoded === undefined || problems.length > 0) return;
          expect(throughXml(decoded).def).toEqual(decoded);
          // XML takes more names than YAML does.
          if (new RegExp(namePattern).test(decoded.metadata.name))
            expect(throughYaml(decoded).def).toEqual(decoded);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The n-th name, attribute or text of a tree replaced. */
function damagedXml(element: XmlElement, target: number, text: string): XmlElement {
  let at = 0;
  function walk(node: XmlElement): XmlElement {
    const renamed = at++ === target && /^[a-z]+$/.test(text) ? { name: text, local: text } : {};
    return {
      ...node,
      ...renamed,
      attributes: node.attributes.map((attribute) =>
        at++ === target ? { ...attribute, value: text } : attribute,
      ),
      children: node.children.map((child) => {
        if (child.type === 'element') return walk(child);
        return at++ === target ? { ...child, text } : child;
      }),
    };
  }
  return walk(element);
}
