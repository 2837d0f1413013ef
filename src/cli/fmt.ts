import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, isMap, isScalar, parseAllDocuments } from 'yaml';
import { readTree } from '../host/tree.ts';
import { kinds } from '../kinds/table.ts';
import { decodeFile } from '../manifest/decode.ts';
import { Failure } from '../model/failure.ts';
import type { Command } from './command.ts';

export const fmt: Command = {
  name: 'fmt',
  usage: 'fmt PATH… [--check]',
  about: 'write YAML specs in one form: order of the head, indentation, line ends; comments stay',
  operands: 'many',
  flags: { check: { about: 'write nothing; exit 1 if something would change' } },
  examples: ['qonverge fmt vms/', 'qonverge fmt --check vms/'],
  async run(args, terminal) {
    if (args.positionals.length === 0) throw new Failure('refused', 'fmt needs a PATH', { retry: 'never' });
    let changed = 0;
    for (const file of (await Promise.all(args.positionals.map(yamlFiles))).flat()) {
      const before = await readFile(file, 'utf8');
      const after = formatSpec(before, file);
      if (after === undefined) {
        terminal.err(`skipped ${file}: it cannot be read as it is; qonverge validate says why`);
        changed++;
      } else if (after !== before) {
        changed++;
        terminal.out(args.is('check') ? `would change ${file}` : `formatted ${file}`);
        if (!args.is('check')) await writeFile(file, after);
      }
    }
    return args.is('check') && changed > 0 ? 1 : 0;
  },
};

async function yamlFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const { files } = await readTree(path, {
    maxFiles: 50_000,
    accept: (name, isDirectory) => !name.startsWith('.') && (isDirectory || /\.ya?ml$/.test(name)),
  });
  return files.map((file) => join(path, file.path));
}

const head = ['apiVersion', 'kind', 'metadata', 'spec'];

/** The same specs in the one form; undefined: not to be read, or they would not be the same. */
export function formatSpec(text: string, file = 'spec.yaml'): string | undefined {
  const plain = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const documents = parseAllDocuments(plain, { uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  for (const document of documents) orderHead(document);
  const parts = documents.map((document) =>
    document.toString({ indent: 2, lineWidth: 0, flowCollectionPadding: false, singleQuote: null }).trimEnd(),
  );
  const formatted = `${parts
    .map((part, at) => (at > 0 && !part.startsWith('---') && !part.startsWith('%') ? `---\n${part}` : part))
    .join('\n')}\n`;
  return meaning(formatted, file) === meaning(text, file) ? formatted : undefined;
}

/** A comment before the first key belongs to the document, whatever key comes first afterwards. */
function orderHead({ contents }: Document): void {
  if (!isMap(contents)) return;
  const [first] = contents.items;
  const lead = first && isScalar(first.key) ? first.key.commentBefore : undefined;
  if (first && isScalar(first.key)) first.key.commentBefore = null;
  const rank = (key: unknown) => {
    const at = head.indexOf(isScalar(key) ? String(key.value) : '');
    return at < 0 ? head.length : at;
  };
  contents.items.sort((a, b) => rank(a.key) - rank(b.key));
  const [now] = contents.items;
  if (lead && now && isScalar(now.key))
    now.key.commentBefore = [lead, now.key.commentBefore].filter(Boolean).join('\n');
}

function meaning(text: string, path: string): string {
  const { declared, diagnostics } = decodeFile({ path, text }, kinds);
  return JSON.stringify([
    declared.map(({ key, revision }) => [key, revision]),
    diagnostics.map(({ code, path: at }) => [code, at]),
  ]);
}
