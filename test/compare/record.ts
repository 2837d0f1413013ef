import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './cases.ts';
import type { Peer } from './outcome.ts';

/** What libvirt said once, as files: so that every run of the tests has it, libvirt or not. */
export function writeRecord(directory: string, { area, name }: Case, peer: Peer): void {
  mkdirSync(join(directory, area), { recursive: true });
  const at = (kind: string) => join(directory, area, `${name}.${kind}`);
  for (const kind of ['refused', 'xml', 'facts', 'no-argv']) rmSync(at(kind), { force: true });
  if (peer.refusal !== undefined) writeFileSync(at('refused'), `${peer.refusal}\n`);
  if (peer.xml !== undefined) writeFileSync(at('xml'), `${peer.xml.trimEnd()}\n`);
  if (peer.facts !== undefined) writeFileSync(at('facts'), `${peer.facts.join('\n')}\n`);
  if (peer.noCommandLine !== undefined) writeFileSync(at('no-argv'), `${peer.noCommandLine}\n`);
}

export function readRecord(directory: string, { area, name }: Case): Peer {
  const read = (kind: string) => {
    const path = join(directory, area, `${name}.${kind}`);
    return existsSync(path) ? readFileSync(path, 'utf8').replace(/\n$/, '') : undefined;
  };
  const refusal = read('refused');
  if (refusal !== undefined) return { refusal };
  const [xml, facts, noCommandLine] = [read('xml'), read('facts'), read('no-argv')];
  if (xml === undefined) throw new Error(`no record of ${area}/${name}: npm run compare -- --record`);
  return {
    xml,
    ...(facts === undefined ? {} : { facts: facts.split('\n') }),
    ...(noCommandLine === undefined ? {} : { noCommandLine }),
  };
}
