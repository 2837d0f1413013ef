import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDir, exists } from '../host/files.ts';
import { kinds } from '../kinds/table.ts';
import { canonicalJson } from '../manifest/canonical.ts';
import { decodeFile } from '../manifest/decode.ts';
import { encodeXml, encodeYaml } from '../manifest/encode.ts';
import { renderDiagnostic } from '../manifest/render-diagnostic.ts';
import type { DomainDef, RunStrategy } from '../model/domain.ts';
import { Failure } from '../model/failure.ts';
import type { Command } from './command.ts';
import { Beside } from './import/beside.ts';
import { brief } from './import/brief.ts';
import { type Origin, originsFromLibvirt, originsIn } from './import/origin.ts';
import { type ImportedSpec, specName, specOf } from './import/spec-of.ts';
import { type TakenOver, takeOver } from './import/take-over.ts';
import { paint, renderTable } from './render-table.ts';

const strategies = ['Always', 'UnlessStopped', 'RerunOnFailure', 'Once', 'Manual', 'Halted'] as const;

export const import_: Command = {
  name: 'import',
  usage: 'import FILE|DIR|-… | import --from-libvirt [URI]',
  about: "make specs of libvirt's domains: XML files, /etc/libvirt/qemu, virsh dumpxml, or a running libvirt",
  operands: 'many',
  flags: {
    output: { value: 'FORMAT', short: 'o', about: 'yaml, xml', choices: ['yaml', 'xml'] },
    'output-dir': { value: 'DIR', about: 'one file a domain; otherwise all on standard output' },
    force: { about: 'write over files that are there' },
    'from-libvirt': { about: 'every domain that virsh lists; URI as an argument' },
    virsh: { value: 'PROGRAM', about: 'which virsh' },
    partly: { about: 'leave out what cannot be taken over, and say so in the file' },
    'run-strategy': { value: 'WORD', about: 'for all of them', choices: strategies },
  },
  examples: [
    'qonverge import /etc/libvirt/qemu --output-dir vms',
    'qonverge import --from-libvirt qemu:///system --output-dir vms',
    'virsh dumpxml web-1 | qonverge import - > vms/web-1.yaml',
  ],
  async run(args, terminal) {
    const format = args.text('output') === 'xml' ? 'xml' : 'yaml';
    const directory = args.text('output-dir');
    const beside = new Beside();
    const origins = args.is('from-libvirt')
      ? await fromLibvirt(args.positionals, args.text('virsh') ?? 'virsh', beside)
      : await fromFiles(args.positionals, beside);
    const runStrategy = strategies.find((word) => word === args.text('run-strategy'));
    if (directory !== undefined) await ensureDir(directory);
    const results: Result[] = [];
    for (const origin of origins) {
      if (origin.unread !== undefined) {
        terminal.err(origin.unread);
        results.push(unreadable(origin));
        continue;
      }
      const taken = takeOver(origin, beside, args.is('partly'));
      for (const diagnostic of taken.diagnostics)
        terminal.err(renderDiagnostic(diagnostic, padded(origin), terminal));
      const names = new Set(results.map(({ name }) => name));
      const result = await importOne(origin, taken, { format, runStrategy, names });
      const target = directory === undefined ? undefined : join(directory, fileName(result, format));
      const done = await deliver(result, target, args.is('force'), (text) => terminal.out(text), results);
      results.push(done);
    }
    const table = summary(results, terminal.color);
    if (directory === undefined) terminal.err(table);
    else terminal.out(table);
    return results.some(({ failed }) => failed) || results.length === 0 ? 1 : 0;
  },
};

interface Result {
  readonly name: string;
  readonly was: string;
  readonly strategy: string;
  readonly outcome: string;
  readonly failed: boolean;
  readonly text?: string;
  readonly rows?: ImportedSpec['rows'];
}

async function fromLibvirt(
  [uri, ...others]: readonly string[],
  virsh: string,
  beside: Beside,
): Promise<readonly Origin[]> {
  if (others.length > 0)
    throw new Failure('refused', 'import --from-libvirt takes one URI', { retry: 'never' });
  return originsFromLibvirt(uri, virsh, beside);
}

async function fromFiles(words: readonly string[], beside: Beside): Promise<readonly Origin[]> {
  if (words.length === 0)
    throw new Failure('refused', 'import needs a FILE, a DIR, - or --from-libvirt', {
      retry: 'never',
      suggestion: 'qonverge import /etc/libvirt/qemu --output-dir vms',
    });
  const found: Origin[] = [];
  for (const word of words) found.push(...(await originsIn(word, beside)));
  if (found.length === 0)
    throw new Failure('not-found', `no domain XML in ${words.join(', ')}`, { retry: 'never' });
  return found;
}

function unreadable({ label }: Origin): Result {
  return {
    name: label.replace(/^.*(: |\/)/, ''),
    was: '-',
    strategy: '-',
    outcome: 'not taken over: unreadable',
    failed: true,
  };
}

interface ImportOptions {
  readonly format: 'yaml' | 'xml';
  readonly runStrategy: RunStrategy | undefined;
  readonly names: ReadonlySet<string>;
}

async function importOne(
  origin: Origin,
  taken: TakenOver,
  { format, runStrategy, names }: ImportOptions,
): Promise<Result> {
  const { def } = taken;
  const running = taken.running === undefined ? '-' : taken.running ? 'running' : 'shut off';
  const was = `${running}${origin.autostart === true ? ', autostart' : ''}`;
  const errors = taken.diagnostics.filter(({ severity }) => severity === 'error').length;
  const bare = { name: taken.name, was, strategy: '-' };
  if (def === undefined)
    return { ...bare, failed: true, outcome: `not taken over: ${errors} error${errors === 1 ? '' : 's'}` };
  const name = format === 'xml' ? taken.name : specName(taken.name, def.spec.uuid, names);
  if (names.has(name)) return { ...bare, failed: true, outcome: 'not taken over: this name came before' };
  const spec = await specOf(origin, { ...taken, def }, { name, runStrategy });
  const shown = format === 'xml' ? spec : { ...spec, def: brief(spec.def) };
  const { runStrategy: strategy = 'Always', autostart } = spec.def.spec;
  return {
    name,
    was,
    strategy: `${strategy}${autostart === true ? ', autostart' : ''}`,
    outcome: taken.leftOut.length === 0 ? '' : `${taken.leftOut.length} left out`,
    failed: false,
    text: specText(shown, format),
    rows: spec.rows,
  };
}

/** What is written is read back first: it must mean what the XML meant. */
function specText({ def, comments }: ImportedSpec, format: 'yaml' | 'xml'): string {
  const text =
    format === 'xml' ? xmlComment(comments) + encodeXml(def, kinds) : encodeYaml(def, kinds, { comments });
  const again = decodeFile({ path: `again.${format}`, text }, kinds).declared[0]?.def as
    | DomainDef
    | undefined;
  if (again === undefined || canonicalJson(again) !== canonicalJson(def))
    throw new Failure('internal', `${def.metadata.name} would not come back as it is`, { retry: 'never' });
  return text;
}

/** All that YAML says at its place, at the top. */
function xmlComment(comments: ImportedSpec['comments']): string {
  const lines = [...comments].flatMap(([path, notes]) =>
    notes.map((line) => (path === '' ? line : `${path}: ${line}`)),
  );
  // What stands in a comment must not end it.
  return `<!--\n${lines.map((line) => `  ${line.replace(/-(?=-|$)/g, '- ')}\n`).join('')}-->\n`;
}

function fileName({ name }: Result, format: 'yaml' | 'xml'): string {
  return `${specName(name, undefined, new Set())}.${format}`;
}

async function deliver(
  result: Result,
  path: string | undefined,
  force: boolean,
  out: (text: string) => void,
  before: readonly Result[],
): Promise<Result> {
  const { text, ...rest } = result;
  if (text === undefined) return rest;
  const also = result.outcome === '' ? '' : ` (${result.outcome})`;
  if (path === undefined) {
    if (text.startsWith('<') === false && before.some(({ failed }) => !failed)) out('---');
    out(text.trimEnd());
    return { ...rest, outcome: `written${also}` };
  }
  const there = (await exists(path)) ? await readFile(path, 'utf8') : undefined;
  if (there === text) return { ...rest, outcome: `unchanged ${path}${also}` };
  if (there !== undefined && !force)
    return { ...rest, failed: true, outcome: `${path} is there already: --force writes over it` };
  await writeFile(path, text);
  return { ...rest, outcome: `${path}${also}` };
}

function summary(results: readonly Result[], color: boolean): string {
  const rows = results.map(({ name, was, strategy, outcome, failed }) => [
    name,
    was,
    strategy,
    paint(outcome, failed ? 'red' : 'green', color),
  ]);
  const good = results.filter(({ failed }) => !failed).length;
  const done = renderTable(['NAME', 'UNDER LIBVIRT', 'RUN STRATEGY', 'RESULT'], rows, color);
  return `${done}\n${good} of ${results.length} taken over${leftToDo(results, color)}`;
}

/** One row for each thing, whoever needs it. */
function leftToDo(results: readonly Result[], color: boolean): string {
  const needed = new Map<string, { readonly row: readonly [string, string]; readonly by: string[] }>();
  for (const { name, rows = [] } of results)
    for (const row of rows) {
      const known = needed.get(row.join('\n'));
      if (known === undefined) needed.set(row.join('\n'), { row, by: [name] });
      else if (!known.by.includes(name)) known.by.push(name);
    }
  if (needed.size === 0) return '';
  const rows = [...needed.values()].map(({ row: [what, todo], by }) => [what, by.join(', '), todo]);
  return `\n\n${renderTable(['SEE TO', 'FOR', 'HOW'], rows, color)}`;
}

/** The text with its lines where the file has them, for the excerpt. */
function padded({ text, lines }: Origin): string {
  return '\n'.repeat(lines) + text;
}
