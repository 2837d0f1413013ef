const plainName = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;
const specName = /\.(ya?ml|xml)$/;
const looksLikeSpec = /\.(ya?ml|xml)$/i;

/** Names that are kept out on purpose: `.git`, `.draft.yaml`, `_old/`. */
export function isSetAside(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}

/** A path below the root of a source that is read as a spec: plain names, the last one ends with .yaml, .yml or .xml. */
export function isSpecPath(path: string): boolean {
  return specName.test(path) && path.split('/').every((name) => plainName.test(name));
}

/** Why a path that looks like a spec's is none. It is never left out without a word: its machine would count as removed. */
export function misnamed(path: string): string | undefined {
  if (!looksLikeSpec.test(path) || isSpecPath(path)) return undefined;
  const names = path.split('/');
  if (names.some(isSetAside)) return undefined;
  const odd = names.find((name) => !plainName.test(name));
  return odd === undefined
    ? 'the name of a spec ends with .yaml, .yml or .xml, in small letters'
    : `${JSON.stringify(odd)} is no name for a spec or its directory: letters, digits and . _ + -, beginning with a letter or a digit`;
}
