/** One XML document of several in a text. */
export interface Piece {
  readonly text: string;
  /** Lines before this text. */
  readonly lines: number;
  readonly running?: boolean;
}

/** Tags, and what only looks like tags. */
const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w:.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g;

/** `virsh dumpxml a; virsh dumpxml b` writes one document after the other. */
export function documentsIn(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let root: string | undefined;
  let depth = 0;
  for (const { 0: tag, 1: slash, 2: name, 3: rest = '', index } of text.matchAll(markup)) {
    if (name === undefined) continue;
    root ??= name;
    if (name !== root) continue;
    depth += slash === '/' ? -1 : rest.endsWith('/') ? 0 : 1;
    if (depth > 0) continue;
    const to = index + tag.length;
    pieces.push(piece(text, from, to));
    from = to;
    root = undefined;
    depth = 0;
  }
  // Left over: a comment, or XML that is broken or something else; that is for the decoder to say.
  const rest = text.slice(from).replace(/<!--[\s\S]*?-->/g, '');
  if (rest.trim() !== '' || pieces.length === 0) pieces.push(piece(text, from, text.length));
  return pieces;
}

/** libvirtd keeps the domain of each machine that runs inside `<domstatus>`, with what it knows besides. */
const status = /<domstatus\s[^>]*?\bstate=['"](\w+)['"][\s\S]*?(?=<domain[\s>])/;

function piece(text: string, from: number, to: number): Piece {
  const found = status.exec(text.slice(from, to));
  const start = found ? from + found.index + found[0].length : from;
  const end = found ? text.slice(start, to).replace(/<\/domstatus\s*>\s*$/, '') : text.slice(start, to);
  return {
    text: end.trim(),
    lines: linesBefore(text, start, to),
    ...(found ? { running: !/^(shutoff|crashed)$/.test(found[1] ?? '') } : {}),
  };
}

function linesBefore(text: string, from: number, to: number): number {
  const part = text.slice(from, to);
  const start = from + part.length - part.trimStart().length;
  return text.slice(0, start).split('\n').length - 1;
}
