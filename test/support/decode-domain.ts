import { parse } from 'yaml';
import { domainCodec } from '../../src/kinds/domain/codec.ts';
import type { Position, Problem } from '../../src/model/diagnostic.ts';
import type { DomainDef, DomainSpec } from '../../src/model/domain.ts';
import { readXml } from '../../src/xml/reader.ts';
import { writeXml } from '../../src/xml/writer.ts';

/** What a test looks at: the spec, and each problem as `code path`. */
export interface Decoded {
  readonly def: DomainDef | undefined;
  readonly spec: DomainSpec | undefined;
  readonly problems: readonly Problem[];
  readonly found: readonly string[];
  readonly positions: ReadonlyMap<string, Position>;
}

/** Decodes `<domain>` with this inside, besides name, memory and acpi. */
export function fromXml(inner: string, type = 'qemu'): Decoded {
  return documentFromXml(
    `<domain type='${type}'><name>a</name><memory>1024</memory><os><type>hvm</type></os><features><acpi/></features>${inner}</domain>`,
  );
}

export function documentFromXml(xml: string): Decoded {
  const { root, problems } = readXml(xml);
  if (root === undefined) throw new Error(problems[0]?.message);
  return shown(domainCodec.fromXml(root));
}

/** Decodes the YAML text of a spec, besides memory. */
export function fromYaml(spec: string): Decoded {
  const plain = { memory: '1MiB', ...(parse(spec) as object) };
  return shown(
    domainCodec.fromYaml({ apiVersion: 'qonverge/v1', kind: 'Domain', metadata: { name: 'a' }, spec: plain }),
  );
}

export function toXml(def: DomainDef | undefined): string {
  if (def === undefined) throw new Error('nothing was decoded');
  return writeXml(domainCodec.toXml(def));
}

function shown(decoded: ReturnType<typeof domainCodec.fromXml>): Decoded {
  return {
    def: decoded.def,
    spec: decoded.def?.spec,
    problems: decoded.problems,
    found: decoded.problems.map(({ code, path }) => `${code} ${path}`),
    positions: decoded.positions ?? new Map(),
  };
}
