import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from 'yaml';

export interface YamlFault {
  readonly code: 'yaml-syntax' | 'yaml-tag';
  readonly offset: number;
  readonly message: string;
  readonly suggestion?: string;
}

type Place = Omit<YamlFault, 'code'>;

const alike = 'indent the keys of one map alike, with blanks: two for each level';
const plainKey = 'a key ends with a colon and a blank: `memory: 2GiB`';

/**
 * The fault of a document that cannot be parsed, where a person would mend it. What a parser says after its first
 * mistake comes from that one.
 */
export function yamlFault(document: Document<Node, boolean>, text: string): YamlFault | undefined {
  const errors = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const [first] = errors;
  if (!first) return undefined;
  const [start, , end] = document.range ?? [0, 0, text.length];
  const place =
    conflict(text, start, end) ?? odd(text, first) ?? unclosed(document, text, first) ?? told(text, errors);
  return { code: first.code === 'TAG_RESOLVE_FAILED' ? 'yaml-tag' : 'yaml-syntax', ...place };
}

/** What git leaves where it could not merge. */
function conflict(text: string, from: number, to: number): Place | undefined {
  const found = /^(?:<{7}|>{7})(?= |$)/m.exec(text.slice(from, to));
  return found
    ? {
        offset: from + found.index,
        message: 'a conflict of git that was not resolved',
        suggestion: 'keep one side, take the marks out, then git add',
      }
    : undefined;
}

/** A line that begins with what only looks like blanks: the one of the error, or the next, where it went wrong. */
function odd(text: string, { pos }: YAMLError): Place | undefined {
  let start = lineStart(text, pos[0]);
  for (let line = 0; line < 2 && start < text.length; line++) {
    const found = /^ *([\t\u00a0\u2000-\u200b\u202f\u3000])/.exec(text.slice(start, start + 200));
    if (found?.[1]) {
      const code = found[1].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      const what = found[1] === '\t' ? 'a tab' : `U+${code}`;
      return { offset: start + found[0].length - 1, message: `${what} indents this line`, suggestion: alike };
    }
    start = nextLine(text, start);
  }
  return undefined;
}

/** Where what is open opened, rather than where its end was missed. */
function unclosed(
  document: Document<Node, boolean>,
  text: string,
  { message, pos }: YAMLError,
): Place | undefined {
  const quote = /^Missing closing (.)quote/.exec(message)?.[1];
  const bracket = /end with an? ([}\]])/.exec(message)?.[1];
  if (quote === undefined && bracket === undefined) return undefined;
  let open: number | undefined;
  visit(document, (_, node) => {
    const at = isCollection(node) || isScalar(node) ? node.range?.[0] : undefined;
    if (at === undefined || at > pos[0]) return;
    if (
      quote === undefined
        ? text[at] === (bracket === '}' ? '{' : '[') && isOpen(node, text, bracket)
        : text[at] === quote
    )
      open = at;
  });
  const close = quote ?? bracket ?? '';
  return {
    offset: open ?? pos[0],
    message: `this ${open === undefined ? close : text[open]} is not closed`,
    suggestion: `close it with ${close}`,
  };
}

function isOpen(node: unknown, text: string, bracket: string | undefined): boolean {
  return isCollection(node) && text[(node.range?.[1] ?? 0) - 1] !== bracket;
}

/** By the words of the parser. */
function told(text: string, errors: readonly YAMLError[]): Place {
  const [{ message, pos }, second] = errors as [YAMLError, YAMLError | undefined];
  const offset = pos[0];
  const said = message.split('\n')[0] ?? 'not YAML';
  if (/^Unexpected flow-(map|seq)-end/.test(message))
    return {
      offset,
      message: `this ${text[offset]} closes nothing`,
      suggestion: `take it out, or open ${text[offset] === '}' ? '{' : '['} before it`,
    };
  if (/^All (mapping|sequence) items must start/.test(message)) {
    const word = offset + (/^ */.exec(text.slice(offset, offset + 200))?.[0].length ?? 0);
    const dash = /^-[^\s-]/.test(text.slice(word, word + 2));
    return {
      offset: word,
      message: dash
        ? 'a dash needs a blank after it'
        : 'this line is indented unlike those that it goes with',
      suggestion: dash ? 'write - and a blank' : alike,
    };
  }
  if (/^Nested mappings are not allowed/.test(message)) {
    if (second?.pos[0] !== offset)
      return {
        offset,
        message: 'a second `: ` in one value',
        suggestion: 'quote a text that holds a colon and a blank',
      };
    const line = nextLine(text, offset);
    return {
      offset: line + (/^ */.exec(text.slice(line, line + 200))?.[0].length ?? 0),
      message: 'this line is indented deeper than the key before it, which has a value already',
      suggestion: alike,
    };
  }
  if (/^Implicit keys need to be on a single line/.test(message))
    return { offset, message: 'this is no key and no value', suggestion: plainKey };
  if (/^Implicit map keys need to be followed/.test(message))
    return { offset, message: 'a key without a colon', suggestion: plainKey };
  if (/^Plain value cannot start/.test(message))
    return { offset, message: `a plain text cannot begin with ${text[offset]}`, suggestion: 'quote it' };
  if (/^With stringKeys/.test(message))
    return {
      offset,
      message: 'a map where a word belongs',
      suggestion: 'quote a text that begins with { or [',
    };
  return { offset, message: said };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}
