import { readXml } from '../../src/xml/reader.ts';
import type { XmlElement } from '../../src/xml/tree.ts';
import { argvFacts } from './argv-facts.ts';
import { render } from './candidate.ts';
import { type Difference, xmlDifferences } from './xml-facts.ts';

/** What libvirt says of one domain XML. */
export interface Peer {
  readonly refusal?: string;
  readonly xml?: string;
  /** Absent: libvirt takes the domain, and builds no command line for it. */
  readonly facts?: readonly string[];
  readonly noCommandLine?: string;
}

export interface Outcome {
  readonly verdict:
    | 'both take it'
    | 'both refuse it'
    | 'only we refuse it'
    | 'only libvirt refuses it'
    | 'crash';
  readonly why?: string;
  readonly argv: readonly Difference[];
  readonly xml: readonly Difference[];
}

/** Ours beside theirs, for one text that both read. */
export function judge(text: string, theirs: Peer): Outcome {
  const mine = render('domain.xml', text);
  const bare = { argv: [], xml: [] };
  if (mine.crash !== undefined) return { ...bare, verdict: 'crash', why: mine.crash };
  if (theirs.xml === undefined || mine.xml === undefined) {
    const why = `ours: ${mine.refusal ?? 'taken'} · libvirt: ${theirs.refusal ?? 'taken'}`;
    if (theirs.xml === undefined && mine.xml === undefined)
      return { ...bare, verdict: 'both refuse it', why };
    return {
      ...bare,
      verdict: theirs.xml === undefined ? 'only libvirt refuses it' : 'only we refuse it',
      why,
    };
  }
  return {
    verdict: 'both take it',
    argv: theirs.facts
      ? lineDifferences(argvFacts(mine.words ?? [], nameIn(text)), theirs.facts)
      : [{ where: 'libvirt builds no command line', what: theirs.noCommandLine ?? '' }],
    xml: xmlDifferences(tree(mine.xml), tree(theirs.xml)).filter((found) => !isAssigned(found, text)),
  };
}

export function nameIn(text: string): string {
  return text.match(/<name>([^<]*)/)?.[1] ?? '';
}

function tree(xml: string): XmlElement {
  const { root, problems } = readXml(xml);
  if (root === undefined) throw new Error(problems[0]?.message);
  return root;
}

/** libvirt draws MACs by lot. */
function isAssigned({ where }: Difference, text: string): boolean {
  return where === 'interface/mac@address' && !/<mac /.test(text);
}

function lineDifferences(ours: readonly string[], theirs: readonly string[]): Difference[] {
  const left = [...theirs];
  const found: Difference[] = [];
  for (const fact of ours) {
    const at = left.indexOf(fact);
    if (at === -1) found.push({ where: abstract(fact), what: `only ours: ${fact}` });
    else left.splice(at, 1);
  }
  return [...found, ...left.map((fact) => ({ where: abstract(fact), what: `only libvirt: ${fact}` }))];
}

/** The fact without its value and place, to count by. */
function abstract(fact: string): string {
  return fact.replace(/@\S+ ?/, '').replace(/=.*/s, '');
}
