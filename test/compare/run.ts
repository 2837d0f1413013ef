import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readXml } from '../../src/xml/reader.ts';
import type { XmlElement } from '../../src/xml/tree.ts';
import { argvFacts } from './argv-facts.ts';
import { render } from './candidate.ts';
import { type Case, casesOf, fixtures } from './cases.ts';
import { Libvirt } from './libvirt.ts';
import { type Difference, xmlDifferences } from './xml-facts.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connect: { type: 'string' },
    virsh: { type: 'string', default: process.env['VIRSH'] ?? 'virsh' },
    only: { type: 'string' },
    explain: { type: 'boolean', short: 'e', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(`npm run compare -- [FILE|DIR…] [--only REGEXP] [--explain] [--json FILE] [--connect URI] [--virsh PROGRAM]

Compares each domain XML (default: test/fixtures/domains) with an installed libvirt: who takes it and who refuses it, the
QEMU command line (domxml-to-native), and the completed XML (define, dumpxml --inactive). Domains are defined under a
name of their own and undefined at once; nothing is started.`);
  process.exit(0);
}

interface Outcome {
  readonly case: Case;
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

const libvirt = new Libvirt(values.virsh, values.connect);

async function compare(one: Case): Promise<Outcome> {
  const text = libvirt.disguise(one.xml);
  const mine = render(`${one.name}.xml`, text);
  const theirs = await libvirt.define(text);
  const bare = { case: one, argv: [], xml: [] };
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
  const native = await libvirt.native(text);
  const name = text.match(/<name>([^<]*)/)?.[1] ?? '';
  return {
    case: one,
    verdict: 'both take it',
    argv: native.words
      ? lineDifferences(argvFacts(mine.words ?? [], name), argvFacts(native.words, name))
      : [{ where: 'libvirt builds no command line', what: native.refusal ?? '' }],
    xml: xmlDifferences(tree(mine.xml), tree(theirs.xml)).filter((found) => !isAssigned(found, text)),
  };
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
  return [...found, ...left.map((fact) => ({ where: abstract(fact), what: `only libvirt: ${fact}` }))].filter(
    ({ what }) => !/\.mac=52:54:00/.test(what),
  );
}

/** The fact without its value and place, to count by. */
function abstract(fact: string): string {
  return fact.replace(/@\S+ ?/, '').replace(/=.*/s, '');
}

const outcomes: Outcome[] = [];
const only = new RegExp(values.only ?? '');
try {
  console.log(`compared with libvirt ${await libvirt.version()}`);
  for (const one of casesOf(positionals.length === 0 ? [fixtures] : positionals)) {
    if (!only.test(`${one.area}/${one.name}`)) continue;
    const outcome = await compare(one);
    outcomes.push(outcome);
    if (values.explain) explain(outcome);
  }
} finally {
  libvirt.close();
}

function explain({ case: { area, name }, verdict, why, argv, xml }: Outcome): void {
  const verdictIsFine = verdict === 'both take it' || verdict === 'both refuse it';
  if (verdictIsFine && argv.length === 0 && xml.length === 0) return;
  console.log(`\n${area}/${name}: ${verdict}${why ? `\n  ${why}` : ''}`);
  for (const { what } of argv) console.log(`  argv  ${what}`);
  for (const { where, what } of xml) console.log(`  xml   ${where}: ${what}`);
}

const areas = [...new Set(outcomes.map(({ case: { area } }) => area))].sort();
const columns: readonly (readonly [string, (outcome: Outcome) => boolean])[] = [
  ['cases', () => true],
  ['both take', ({ verdict }) => verdict === 'both take it'],
  ['same argv', ({ verdict, argv }) => verdict === 'both take it' && argv.length === 0],
  ['same xml', ({ verdict, xml }) => verdict === 'both take it' && xml.length === 0],
  ['both refuse', ({ verdict }) => verdict === 'both refuse it'],
  ['only we refuse', ({ verdict }) => verdict === 'only we refuse it'],
  ['only libvirt refuses', ({ verdict }) => verdict === 'only libvirt refuses it'],
  ['crash', ({ verdict }) => verdict === 'crash'],
];
const width = Math.max(5, ...areas.map((area) => area.length)) + 2;
console.log(
  `\n${'area'.padEnd(width)}${columns.map(([title]) => title.padStart(title.length + 3)).join('')}`,
);
for (const area of [...areas, 'all']) {
  const those = outcomes.filter((outcome) => area === 'all' || outcome.case.area === area);
  const cells = columns.map(([title, test]) => String(those.filter(test).length).padStart(title.length + 3));
  console.log(`${area.padEnd(width)}${cells.join('')}`);
}

for (const side of ['argv', 'xml'] as const) {
  const counts = new Map<string, Set<string>>();
  for (const outcome of outcomes) {
    for (const { where } of outcome[side]) {
      const cases = counts.get(where) ?? new Set();
      counts.set(where, cases.add(`${outcome.case.area}/${outcome.case.name}`));
    }
  }
  if (counts.size > 0) console.log(`\ndifferences of ${side}, by number of cases`);
  for (const [where, cases] of [...counts].sort((a, b) => b[1].size - a[1].size).slice(0, 40))
    console.log(
      `${String(cases.size).padStart(5)}  ${where}   (${[...cases].slice(0, 3).join(', ')}${cases.size > 3 ? ', …' : ''})`,
    );
}
for (const {
  case: { area, name },
  verdict,
  why,
} of outcomes) {
  if (!values.explain && (verdict.startsWith('only') || verdict === 'crash'))
    console.log(`\n${area}/${name}: ${verdict}\n  ${why}`);
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcomes, null, 1));
process.exitCode = outcomes.some(({ verdict }) => verdict === 'crash') ? 1 : 0;
