import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { argvFacts } from './argv-facts.ts';
import { type Case, casesOf, fixtures, records } from './cases.ts';
import { Libvirt } from './libvirt.ts';
import { judge, nameIn, type Outcome, type Peer } from './outcome.ts';
import { writeRecord } from './record.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    connect: { type: 'string' },
    virsh: { type: 'string', default: process.env['VIRSH'] ?? 'virsh' },
    only: { type: 'string' },
    explain: { type: 'boolean', short: 'e', default: false },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(`npm run compare -- [FILE|DIR…] [--only REGEXP] [--explain] [--json FILE] [--record] [--connect URI] [--virsh PROGRAM]

Compares each domain XML (default: test/fixtures/domains) with an installed libvirt: who takes it and who refuses it, the
QEMU command line (domxml-to-native), and the completed XML (define, dumpxml --inactive). Domains are defined under a
name of their own and undefined at once; nothing is started. --record keeps what libvirt said in test/golden/libvirt.`);
  process.exit(0);
}

interface Compared extends Outcome {
  readonly case: Case;
}

const libvirt = new Libvirt(values.virsh, values.connect);

async function askLibvirt(text: string): Promise<Peer> {
  const { xml, refusal } = await libvirt.define(text);
  if (xml === undefined) return { refusal: refusal ?? '' };
  const { words, refusal: noCommandLine } = await libvirt.native(text);
  return words ? { xml, facts: argvFacts(words, nameIn(text)) } : { xml, noCommandLine: noCommandLine ?? '' };
}

async function compare(one: Case): Promise<Compared> {
  const text = libvirt.disguise(one.xml);
  const peer = await askLibvirt(text);
  if (values.record) writeRecord(records, one, JSON.parse(libvirt.neutral(JSON.stringify(peer))) as Peer);
  return { case: one, ...judge(text, peer) };
}

const outcomes: Compared[] = [];
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

function explain({ case: { area, name }, verdict, why, argv, xml }: Compared): void {
  const verdictIsFine = verdict === 'both take it' || verdict === 'both refuse it';
  if (verdictIsFine && argv.length === 0 && xml.length === 0) return;
  console.log(`\n${area}/${name}: ${verdict}${why ? `\n  ${why}` : ''}`);
  for (const { what } of argv) console.log(`  argv  ${what}`);
  for (const { where, what } of xml) console.log(`  xml   ${where}: ${what}`);
}

const areas = [...new Set(outcomes.map(({ case: { area } }) => area))].sort();
const columns: readonly (readonly [string, (outcome: Compared) => boolean])[] = [
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
