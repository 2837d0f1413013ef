import { readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists, stat } from '../../host/files.ts';
import { run } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';
import { standardInput } from '../sources.ts';
import { type Beside, libvirtDirectory } from './beside.ts';
import { documentsIn } from './documents.ts';
import { type Kept, keptBy } from './kept-beside.ts';
import { readXmlFile, xmlText } from './xml-text.ts';

/** One `<domain>` as text, and what is known of it besides. */
export interface Origin {
  /** File, or where else it came from: for messages. */
  readonly label: string;
  readonly text: string;
  /** Lines of the file before this text. */
  readonly lines: number;
  readonly running?: boolean;
  readonly autostart?: boolean;
  /** Where libvirt keeps what it has of a machine besides; absent: not on this host. */
  readonly stateDir?: string;
  /** Where a running libvirt was asked for it. */
  readonly kept?: Kept;
  /** Why there is no text. */
  readonly unread?: string;
}

/**
 * The domains in a file, in a directory of XML files, in libvirt's own directory, or on standard input (`-`). Networks
 * and pools that stand among them or beside them are learned.
 */
export async function originsIn(path: string, beside: Beside): Promise<readonly Origin[]> {
  const facts = path === '-' ? undefined : await stat(path);
  if (path !== '-' && facts === undefined)
    throw new Failure('not-found', `there is no ${path}`, { retry: 'never' });
  if (facts?.isDirectory !== true) {
    const around = path === '-' ? undefined : libvirtDirectory(path);
    if (around !== undefined) await beside.learnAround(around);
    const text = await standardInput(path, (bytes) => xmlText(bytes, 'standard input'));
    const found = text === undefined ? await readDomains(path, beside) : domainsIn(path, text, beside);
    return found.map((origin) => ({ ...origin, ...kept(around) }));
  }
  const nested = join(path, 'qemu');
  const own = await Promise.all(['autostart', 'networks'].map((name) => exists(join(nested, name))));
  const directory = own.includes(true) || basename(path) === 'libvirt' ? nested : path;
  await beside.learnAround(directory);
  const files = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.name.endsWith('.xml') && !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const autostarted = await autostartLinks(join(directory, 'autostart'));
  const found: Origin[] = [];
  for (const file of files) {
    for (const document of await readDomains(join(directory, file), beside))
      found.push({
        ...document,
        ...(autostarted && { autostart: autostarted.has(file) }),
        ...kept(directory),
      });
  }
  return found;
}

/** A file that cannot be read stops no other. */
async function readDomains(path: string, beside: Beside): Promise<readonly Origin[]> {
  try {
    return domainsIn(path, await readXmlFile(path), beside);
  } catch (cause) {
    return [unread(path, cause)];
  }
}

function unread(label: string, cause: unknown): Origin {
  return { label, text: '', lines: 0, unread: cause instanceof Error ? cause.message : String(cause) };
}

function domainsIn(label: string, text: string, beside: Beside): readonly Origin[] {
  return documentsIn(text)
    .filter((document) => !beside.learn(document.text))
    .map((document) => ({ label, ...document }));
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

const systemState = '/var/lib/libvirt/qemu';

function kept(directory: string | undefined): Pick<Origin, 'stateDir'> {
  const isSystem = directory !== undefined && /^\/(etc|run|var\/run)\/libvirt\b/.test(directory);
  return isSystem ? { stateDir: systemState } : {};
}

/** Every domain of a running libvirt, as it would start next time. */
export async function originsFromLibvirt(
  uri: string | undefined,
  virsh: string,
  beside: Beside,
): Promise<readonly Origin[]> {
  const connect = uri === undefined ? [] : ['--connect', uri];
  const ask = async (...words: string[]) =>
    (await run(virsh, [...connect, ...words], { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })).stdout;
  const uuids = (await ask('list', '--all', '--uuid')).split('\n').map((line) => line.trim());
  const local = uri === undefined || uri.startsWith('qemu:///');
  const found: Origin[] = [];
  for (const uuid of uuids.filter((line) => line !== ''))
    found.push(
      await domainOf(ask, uuid, uri ?? 'libvirt').then(
        (origin) => ({ ...origin, ...(local ? { stateDir: systemState } : {}) }),
        // It may be gone by now.
        (cause: unknown) => unread(`${uri ?? 'libvirt'}: ${uuid}`, cause),
      ),
    );
  await beside.learnFrom(
    ask,
    found.map(({ text }) => text),
  );
  return found;
}

type Ask = (...words: string[]) => Promise<string>;

async function domainOf(ask: Ask, uuid: string, where: string): Promise<Origin> {
  const facts = await ask('dominfo', uuid);
  const fact = (name: string) => facts.match(new RegExp(`^${name}:\\s*(.*)$`, 'm'))?.[1]?.trim() ?? '';
  // A transient domain has no other form than the running one.
  const form = fact('Persistent') === 'no' ? [] : ['--inactive'];
  return {
    label: `${where}: ${fact('Name')}`,
    text: await ask('dumpxml', ...form, uuid),
    lines: 0,
    running: !/^(shut off|crashed)/.test(fact('State')),
    autostart: fact('Autostart') === 'enable',
    kept: await keptBy(ask, uuid, facts),
  };
}
