/** The directory of a file as sources name it; empty: the top. */
export function directoryOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, Math.max(at, path.startsWith('/') ? 1 : 0));
}

/** `path` seen from `directory`; undefined: it is absolute, or leads above the top. */
export function resolveFrom(directory: string, path: string): string | undefined {
  if (path.startsWith('/') || /[\p{Cc}\\]/u.test(path)) return undefined;
  const parts = directory.split('/').filter((part) => part !== '');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return (directory.startsWith('/') ? '/' : '') + parts.join('/');
}

export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
