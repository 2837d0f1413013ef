import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exists } from '../../host/files.ts';
import { attributeOf, childOf, childrenOf, textOf } from '../../xml/element.ts';
import { readXml } from '../../xml/reader.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { readXmlFile } from './xml-text.ts';

/** What libvirt has beside its domains, and they lean on. */
export class Beside {
  readonly networks = new Map<string, XmlElement>();
  readonly pools = new Map<string, XmlElement>();
  /** Devices of the host that cards have got from their networks. */
  readonly taken = new Set<string>();
  readonly #volumes = new Map<string, string>();

  /** Whether the text is about a network or a pool; then it is known from here on. */
  learn(text: string): boolean {
    const { root } = readXml(text);
    const named = (name: string) => (root?.name === name ? root : childOf(root, name));
    const [network, pool] = [named('network'), named('pool')];
    if (root === undefined || root.name === 'domain' || root.name === 'domstatus') return false;
    if (network !== undefined) this.networks.set(textOf(childOf(network, 'name')), network);
    if (pool !== undefined) this.pools.set(textOf(childOf(pool, 'name')), pool);
    return network !== undefined || pool !== undefined;
  }

  /** libvirt's directory of domains has that of networks in it, and that of pools beside it. */
  async learnAround(directory: string): Promise<void> {
    const around = ['networks', '../network', '../storage'].map((place) => join(directory, place));
    for (const place of around)
      for (const file of await xmlFiles(place)) this.learn(await readXmlFile(file).catch(() => ''));
    if (/^(\/var)?\/run\/libvirt\b/.test(directory)) await this.learnAround('/etc/libvirt/qemu');
  }

  /** Asks a running libvirt: networks and pools, and the volumes that these domains name. */
  async learnFrom(ask: (...words: string[]) => Promise<string>, domains: readonly string[]): Promise<void> {
    // A libvirt without a network or storage driver has neither.
    const answer = (...words: string[]) => ask(...words).catch(() => '');
    for (const name of lines(await answer('net-list', '--all', '--name')))
      this.learn(await answer('net-dumpxml', `--network=${name}`));
    for (const name of lines(await answer('pool-list', '--all', '--name')))
      this.learn(await answer('pool-dumpxml', `--pool=${name}`));
    for (const text of domains)
      for (const disk of childrenOf(childOf(readXml(text).root, 'devices'), 'disk')) {
        const source = childOf(disk, 'source');
        const [pool, volume] = [attributeOf(source, 'pool'), attributeOf(source, 'volume')];
        if (pool === undefined || volume === undefined) continue;
        const path = (await answer('vol-path', `--pool=${pool}`, `--vol=${volume}`)).trim();
        if (path !== '') this.#volumes.set(`${pool}/${volume}`, path);
      }
  }

  /** The path of a volume, as a running libvirt said it. */
  pathOf(pool: string, volume: string): string | undefined {
    return this.#volumes.get(`${pool}/${volume}`);
  }
}

/** The directory of libvirt that a file of one domain is in, if it is one. */
export function libvirtDirectory(file: string): string | undefined {
  const directory = dirname(file);
  return basename(directory) === 'qemu' ? directory : undefined;
}

async function xmlFiles(directory: string): Promise<readonly string[]> {
  if (!(await exists(directory))) return [];
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.name.endsWith('.xml') && !entry.isDirectory())
    .map(({ name }) => join(directory, name))
    .sort();
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
