import type { Why, WhyField } from '../api/operations/why.ts';
import { readText } from '../host/files.ts';
import { kinds } from '../kinds/table.ts';
import { locateFields } from '../manifest/locate-fields.ts';
import { Failure } from '../model/failure.ts';
import type { Kind } from '../model/resource.ts';
import type { Commit } from '../source/contract.ts';
import { workTreeOf } from '../source/git/work-tree.ts';
import { asWritten } from './as-written.ts';
import type { Command, Terminal } from './command.ts';
import { call } from './connection.ts';
import { revisionShown, stepsShown } from './history.ts';
import { paint } from './render-table.ts';
import { shownFile } from './sources.ts';

export const why: Command = {
  name: 'why',
  usage: 'why NAME [-o text|json]',
  about: 'why a resource is in its state: spec line and commit, what was done, what waits and who wrote it',
  flags: { output: { value: 'FORMAT', short: 'o', about: 'text, json', choices: ['text', 'json'] } },
  examples: ['qonverge why web-1'],
  async run(args, terminal) {
    const [name] = args.positionals;
    if (name === undefined) throw new Failure('refused', 'why needs a NAME', { retry: 'never' });
    const found = await withWorkTree((await call(args, 'why', { name }, { inspect: true })) as Why);
    if (args.text('output') === 'json') terminal.out(JSON.stringify(found, null, 2));
    else for (const line of describe(found, terminal)) terminal.out(line);
    return 0;
  },
};

/** A directory's specs may lie in a git work tree of whoever asks. */
async function withWorkTree(found: Why): Promise<Why> {
  const { file, changed } = found.spec ?? {};
  if (!found.spec || file === undefined || !file.startsWith('/') || changed) return found;
  const tree = await workTreeOf(file).catch(() => undefined);
  const text = await readText(file).catch(() => undefined);
  if (text === undefined) return found;
  const places = locateFields({ path: file, text }, kinds, found.key, [
    'metadata.name',
    ...found.fields.map(({ path }) => path),
  ]);
  // Lines of what is not committed are nobody's yet.
  const same = tree && (await tree.past.text(tree.file)) === text;
  const [last] = tree ? await tree.past.changes(tree.file, 1).catch(() => []) : [];
  const fields = await Promise.all(
    found.fields.map(async (field): Promise<WhyField> => {
      const line = places.get(field.path)?.line;
      if (line === undefined) return field;
      const blame = same ? await tree.past.blame(tree.file, line) : undefined;
      return { ...field, line, ...(blame ? { blame } : {}) };
    }),
  );
  const line = found.spec.line ?? places.get('metadata.name')?.line;
  const spec = { ...found.spec, ...(line === undefined ? {} : { line }), ...(last ? { changed: last } : {}) };
  return { ...found, spec, fields };
}

function describe({ key, status, spec, problem, fields, held, last }: Why, { color }: Terminal): string[] {
  const row = (label: string, text: string) => `  ${label.padEnd(11)}${text}`;
  const lines = [`${paint(key, 'bold', color)} is ${status.state}`];
  if (spec) {
    const place = spec.file === undefined ? 'a file that is not known' : at(spec.file, spec.line);
    lines.push(row('spec', `${place} (${spec.source})`));
    if (spec.commit) lines.push(row('commit', commitWords(spec.commit)));
    if (spec.changed && spec.changed.id !== spec.commit?.id)
      lines.push(row('changed by', commitWords(spec.changed)));
  }
  if (problem !== undefined) lines.push(row('problem', paint(problem, 'red', color)));
  if (last)
    lines.push(
      row(
        'last done',
        `${last.at.slice(0, 19)}Z ${stepsShown(last)}: ${last.outcome}, by ${last.by}, from ${revisionShown(last)}`,
      ),
    );
  if (status.intent !== undefined) lines.push(row('order', status.intent));
  for (const { reason, message } of held)
    lines.push(row('waits', `${paint(reason, 'yellow', color)}: ${message}`));
  for (const { type, status: is, reason, message } of status.conditions)
    lines.push(row('condition', `${type}=${is} (${reason})${message ? ` ${message.split('\n')[0]}` : ''}`));
  for (const field of fields) lines.push(...fieldLines(field, status.kind, spec?.file, color));
  return lines;
}

function fieldLines(
  { path, state, current, desired, line, blame }: WhyField,
  kind: Kind,
  file: string | undefined,
  color: boolean,
): string[] {
  const show = (value: unknown) =>
    value === undefined ? 'unset' : JSON.stringify(asWritten(kind, path, value)).slice(0, 60);
  const place = file === undefined || line === undefined ? '' : `  ${at(file, line)}`;
  return [
    `  ${paint(state, state === 'drift' ? 'red' : 'yellow', color)} ${path}: ${show(current)} → ${show(desired)}${place}`,
    ...(blame ? [`    ${commitWords(blame)}`] : []),
  ];
}

function at(file: string, line: number | undefined): string {
  const shown = file.startsWith('/') ? shownFile(file) : file;
  return line === undefined ? shown : `${shown}:${line}`;
}

export function commitWords({ id, date, author, subject, signer }: Commit): string {
  return `${id.slice(0, 12)} ${date.slice(0, 10)} ${author}: ${subject}${signer ? ` (signed by ${signer})` : ''}`;
}
