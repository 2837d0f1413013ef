import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists, stat } from '../../host/files.ts';
import { run } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';
import { standardInput } from '../sources.ts';

/** One `<domain>` as text, and what is known of it besides. */
export interface Origin {
  /** File, or where else it came from: for messages. */
  readonly label: string;
  readonly text: string;
  /** Lines of the file before this text. */
  readonly lines: number;
  readonly running?: boolean;
  readonly autostart?: boolean;
  /** Where libvirt keeps the variables of UEFI guests; absent: not on this host. */
  readonly nvramDir?: string;
}

/** The domains in a file, in a directory of XML files, in libvirt's own directory, or on standard input (`-`). */
export async function originsIn(path: string): Promise<readonly Origin[]> {
  const facts = path === '-' ? undefined : await stat(path);
  if (path !== '-' && facts === undefined)
    throw new Failure('not-found', `there is no ${path}`, { retry: 'never' });
  if (facts?.isDirectory !== true)
    return documents(path, (await standardInput(path)) ?? (await readFile(path, 'utf8')));
  const nested = join(path, 'qemu');
  const directory = (await exists(join(nested, 'autostart'))) || basename(path) === 'libvirt' ? nested : path;
  const files = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.name.endsWith('.xml') && !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const autostarted = await autostartLinks(join(directory, 'autostart'));
  const found: Origin[] = [];
  for (const file of files) {
    const text = await readFile(join(directory, file), 'utf8');
    for (const document of documents(join(directory, file), text))
      found.push({
        ...document,
        ...(autostarted && { autostart: autostarted.has(file) }),
        ...ownNvram(directory),
      });
  }
  return found;
}

/** Names of the files that libvirt starts with the host; undefined: this is no directory of libvirt's. */
async function autostartLinks(directory: string): Promise<ReadonlySet<string> | undefined> {
  if (!(await exists(directory))) return undefined;
  const names = (await readdir(directory)).filter((name) => name.endsWith('.xml'));
  return new Set(
    await Promise.all(
      names.map(async (name) => basename(await readlink(join(directory, name)).catch(() => name))),
    ),
  );
}

const systemNvram = '/var/lib/libvirt/qemu/nvram';

function ownNvram(directory: string): { readonly nvramDir?: string } {
  return directory.startsWith('/etc/libvirt') ? { nvramDir: systemNvram } : {};
}

/** Every domain of a running libvirt, as it would start next time. */
export async function originsFromLibvirt(uri: string | undefined, virsh: string): Promise<readonly Origin[]> {
  const connect = uri === undefined ? [] : ['--connect', uri];
  const ask = async (...words: string[]) =>
    (await run(virsh, [...connect, ...words], { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })).stdout;
  const uuids = (await ask('list', '--all', '--uuid')).split('\n').map((line) => line.trim());
  const local = uri === undefined || uri.startsWith('qemu:///');
  const found: Origin[] = [];
  for (const uuid of uuids.filter((line) => line !== '')) {
    const facts = await ask('dominfo', uuid);
    const fact = (name: string) => facts.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))?.[1]?.trim() ?? '';
    // A transient domain has no other form than the running one.
    const form = fact('Persistent') === 'no' ? [] : ['--inactive'];
    found.push({
      label: `${uri ?? 'libvirt'}: ${fact('Name')}`,
      text: await ask('dumpxml', ...form, uuid),
      lines: 0,
      running: !/^(shut off|crashed)/.test(fact('State')),
      autostart: fact('Autostart') === 'enable',
      ...(local ? { nvramDir: systemNvram } : {}),
    });
  }
  return found;
}

const end = /<\/domain\s*>/g;

/** `virsh dumpxml a; virsh dumpxml b` writes one document after the other. */
function documents(label: string, text: string): Origin[] {
  const parts: Origin[] = [];
  let from = 0;
  for (const match of text.matchAll(end)) {
    const to = match.index + match[0].length;
    parts.push(part(label, text, from, to));
    from = to;
  }
  // Left over: a comment, or XML that is broken or something else; that is for the decoder to say.
  const rest = text.slice(from).replace(/<!--[\s\S]*?-->|<\/domstatus\s*>/g, '');
  if (rest.trim() !== '' || parts.length === 0) parts.push(part(label, text, from, text.length));
  return parts;
}

/** libvirtd keeps the domain of each machine that runs inside `<domstatus>`, with what it knows besides. */
const status = /<domstatus\s[^>]*?\bstate=['"](\w+)['"][\s\S]*?(?=<domain[\s>])/;

function part(label: string, text: string, from: number, to: number): Origin {
  const found = status.exec(text.slice(from, to));
  const start = found ? from + found.index + found[0].length : from;
  return {
    label,
    text: text.slice(start, to).trimStart(),
    lines: linesBefore(text, start, to),
    ...(found ? { running: !/^(shutoff|crashed)$/.test(found[1] ?? '') } : {}),
  };
}

function linesBefore(text: string, from: number, to: number): number {
  const piece = text.slice(from, to);
  const start = from + piece.length - piece.trimStart().length;
  return text.slice(0, start).split('\n').length - 1;
}
