import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface Verdict {
  /** What `dumpxml --inactive` shows of it; absent: libvirt refused it. */
  readonly xml?: string;
  /** libvirt's own words. */
  readonly refusal?: string;
}

/** In place of what differs from run to run. */
export const neutralId = '000000000000';

/** The same domain under a name and uuid of ours: nobody's machine is touched, and both sides read one text. */
export function disguised(xml: string, id: string): string {
  if (/<name>\s*<\/name>/.test(xml)) return xml;
  const plain = xml.replace(/<uuid>[0-9a-f-]{36}<\/uuid>/i, '');
  const uuid = plain.includes('<uuid>') ? '' : `<uuid>c0ffee00-0000-4000-8000-${id}</uuid>`;
  return plain.replace(/<name>[^<]*<\/name>/, `<name>compare-${id}</name>${uuid}`);
}

/** A running libvirt, asked through virsh. All that is defined there has a name of its own and is gone afterwards. */
export class Libvirt {
  readonly #virsh: string;
  readonly #connect: readonly string[];
  readonly #directory = mkdtempSync(join(tmpdir(), 'qv-compare-'));
  readonly #id = process.pid.toString(16).padStart(12, '0');

  constructor(virsh: string, uri: string | undefined) {
    this.#virsh = virsh;
    this.#connect = uri === undefined ? [] : ['--connect', uri];
  }

  disguise(xml: string): string {
    return disguised(xml, this.#id);
  }

  /** The same text as it would be under the name and uuid of a record. */
  neutral(text: string): string {
    return text.replaceAll(this.#id, neutralId);
  }

  async version(): Promise<string> {
    const { out, status } = await this.#run('version');
    if (status !== 0) throw new Error(`no libvirt answers ${this.#virsh}: ${out}`);
    return out.match(/Using library: (.*)/)?.[1] ?? 'libvirt';
  }

  async define(xml: string): Promise<Verdict> {
    const defined = await this.#run('define', this.#file(xml));
    if (defined.status !== 0) return { refusal: words(defined.out) };
    const name = xml.match(/<name>([^<]*)<\/name>/)?.[1] ?? '';
    try {
      const dumped = await this.#run('dumpxml', '--inactive', '--security-info', name);
      return dumped.status === 0 ? { xml: dumped.out } : { refusal: words(dumped.out) };
    } finally {
      await this.#run('undefine', '--nvram', '--tpm', name);
    }
  }

  /** The command line that libvirt would start; `refusal` also for what only shows when it builds one. */
  async native(xml: string): Promise<{ readonly words?: readonly string[]; readonly refusal?: string }> {
    const { out, status } = await this.#run('domxml-to-native', 'qemu-argv', this.#file(xml));
    return status === 0 ? { words: shellWords(out) } : { refusal: words(out) };
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #file(xml: string): string {
    const path = join(this.#directory, 'domain.xml');
    writeFileSync(path, xml);
    return path;
  }

  /** A daemon that is away for a moment says nothing of the case. */
  async #run(...args: string[]): Promise<Answer> {
    for (let left = 20; ; left--) {
      const answer = await this.#once(args);
      if (answer.status === 0 || !isAway.test(answer.out)) return answer;
      if (left === 0) throw new Error(`libvirt went away: ${answer.out}`);
      await setTimeout(1_000);
    }
  }

  #once(args: readonly string[]): Promise<Answer> {
    return new Promise((done) => {
      execFile(
        this.#virsh,
        [...this.#connect, ...args],
        { maxBuffer: 1 << 26, timeout: 60_000 },
        (error, stdout, stderr) =>
          done({ out: error ? `${stdout}${stderr}` : stdout, status: error ? 1 : 0 }),
      );
    });
  }
}

interface Answer {
  readonly out: string;
  readonly status: number;
}

const isAway = /Failed to connect socket|End of file while reading data|client socket is closed/;

function words(out: string): string {
  const lines = out.split('\n').filter((line) => line.startsWith('error:'));
  return (lines.at(-1) ?? out).replace(/^error:\s*/, '').trim();
}

/** Words of one shell line as libvirt quotes them; its leading environment is left out. */
function shellWords(line: string): string[] {
  const found = [...line.matchAll(/((?:'[^']*'|\\.|"(?:\\.|[^"\\])*"|[^\s'"\\])+)/gs)].map(([word]) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
      (_, single, double, escaped) => single ?? escaped ?? String(double).replace(/\\(.)/g, '$1'),
    ),
  );
  const emulator = found.findIndex((word) => word.startsWith('/') && !word.includes('='));
  return found.slice(emulator);
}
