/** `*` stands for any text; everything else for itself. */
export function matches(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return text === pattern;
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** A path that is a directory or stands below it. Both are absolute and have no `.`, `..` or empty parts left. */
export function isBelow(path: string, directory: string): boolean {
  const root = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(root);
}
