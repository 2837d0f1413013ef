import { nearest } from '../../kinds/shape/nearest.ts';
import type { DomainClass } from './domain-class.ts';
import { directoryOf } from './paths.ts';
import type { ComposedFile } from './units.ts';

/** What a name of a class means where it stands. */
export type FoundClass =
  | { readonly one: DomainClass }
  | { readonly several: readonly DomainClass[] }
  | { readonly near?: string };

/** Classes of a file's own directory come first, then those of the directories above it, then those of its bases. */
export class ClassScope {
  readonly #byDirectory = new Map<string, DomainClass[]>();

  constructor(files: Iterable<ComposedFile>) {
    for (const { file, parts } of files) {
      if (!parts || parts.classes.length === 0) continue;
      const directory = directoryOf(file);
      this.#byDirectory.set(directory, [...(this.#byDirectory.get(directory) ?? []), ...parts.classes]);
    }
  }

  find(name: string, file: string, ofBases: readonly DomainClass[]): FoundClass {
    const seen: DomainClass[] = [];
    for (let at = directoryOf(file); ; at = directoryOf(at)) {
      const here = this.#byDirectory.get(at) ?? [];
      const found = named(name, here);
      if (found) return found;
      seen.push(...here);
      if (at === '' || at === '/') break;
    }
    const found = named(name, ofBases);
    if (found) return found;
    const near = nearest(
      name,
      [...seen, ...ofBases].map((one) => one.name),
    );
    return near === undefined ? {} : { near };
  }
}

function named(name: string, classes: readonly DomainClass[]): FoundClass | undefined {
  const several = classes.filter((one) => one.name === name);
  const [one] = several;
  if (!one) return undefined;
  return several.length > 1 ? { several } : { one };
}
