import { stringify } from 'yaml';
import type { KindRules, KindTable } from '../kinds/contract.ts';
import type { Def, Kind } from '../model/resource.ts';
import { writeXml } from '../xml/writer.ts';

/** A definition as a YAML document, as a person would write it. `schema`: a path for the editor's schema line. */
export function encodeYaml(def: Def, kinds: KindTable, options: { readonly schema?: string } = {}): string {
  const rules = kinds[def.kind] as unknown as KindRules<Kind>;
  const line = options.schema ? `# yaml-language-server: $schema=${options.schema}\n` : '';
  return line + stringify(rules.codec.toYaml(def), { lineWidth: 110, aliasDuplicateObjects: false });
}

/** A definition as libvirt's XML. */
export function encodeXml(def: Def, kinds: KindTable): string {
  const rules = kinds[def.kind] as unknown as KindRules<Kind>;
  return writeXml(rules.codec.toXml(def));
}
