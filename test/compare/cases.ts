import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** One domain to compare; its area is the directory it lies in. */
export interface Case {
  readonly area: string;
  readonly name: string;
  readonly xml: string;
}

// The same from the sources and from what is compiled of them.
const tests = import.meta.dirname.replace(/\/compare(\/out\/test\/compare)?$/, '');

export const fixtures = join(tests, 'fixtures/domains');
export const records = join(tests, 'golden/libvirt');

/** Every XML file named, or below a directory named. */
export function casesOf(paths: readonly string[]): Case[] {
  return paths.flatMap((path) => {
    if (statSync(path).isDirectory())
      return casesOf(
        readdirSync(path)
          .filter(isSpec(path))
          .sort()
          .map((entry) => join(path, entry)),
      );
    const area = basename(dirname(resolve(path)));
    return [{ area, name: basename(path, '.xml'), xml: readFileSync(path, 'utf8') }];
  });
}

function isSpec(directory: string): (entry: string) => boolean {
  return (entry) => entry.endsWith('.xml') || statSync(join(directory, entry)).isDirectory();
}
