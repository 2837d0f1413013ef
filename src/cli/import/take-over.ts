import { isLive, offlineXml } from '../../kinds/domain/offline-xml.ts';
import { kinds } from '../../kinds/table.ts';
import { decodeFile } from '../../manifest/decode.ts';
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Origin } from './origin.ts';

/** What one `<domain>` means, or why it cannot be had. */
export interface TakenOver {
  /** As libvirt calls it, as far as the text says so. */
  readonly name: string;
  readonly def: DomainDef | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** With `partly`: what was left out, in words. */
  readonly leftOut: readonly string[];
  readonly running: boolean | undefined;
}

/**
 * Decodes one domain without its runtime parts. `partly`: what cannot be taken over is left out, element by element,
 * and named; otherwise it is an error.
 */
export function takeOver(origin: Origin, partly: boolean): TakenOver {
  const leftOut: Diagnostic[] = [];
  const without = new Set<string>();
  for (;;) {
    const attempt = decode(origin, without);
    const { domain, diagnostics } = attempt;
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const next = partly && domain ? errors.filter((error) => removable(domain, error, without)) : [];
    if (next.length === 0) return result(origin, attempt, leftOut);
    for (const error of next) {
      without.add(place(error));
      leftOut.push(error);
    }
  }
}

interface Attempt {
  readonly domain: XmlElement | undefined;
  readonly live: boolean;
  readonly def: DomainDef | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

function decode({ text }: Origin, without: ReadonlySet<string>): Attempt {
  let domain: XmlElement | undefined;
  let live = false;
  const prepareXml = (root: XmlElement) => {
    live = isLive(root);
    domain = pruned(offlineXml(root), without);
    return domain;
  };
  const { declared, diagnostics } = decodeFile({ path: 'import.xml', text }, kinds, { prepareXml });
  const def = declared[0]?.def;
  return { domain, live, def: def?.kind === 'Domain' ? def : undefined, diagnostics };
}

function result(
  { label, lines, running }: Origin,
  attempt: Attempt,
  leftOut: readonly Diagnostic[],
): TakenOver {
  const at = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    file: label,
    ...(diagnostic.line === undefined ? {} : { line: diagnostic.line + lines }),
  });
  const known = running ?? (attempt.live ? true : undefined);
  return {
    name: (attempt.domain && textOf(childOf(attempt.domain, 'name'))) ?? '?',
    def: attempt.def,
    diagnostics: [
      ...leftOut.map((found): Diagnostic => ({ ...at(found), severity: 'warning' })),
      ...attempt.diagnostics.map(at),
    ],
    leftOut: leftOut.map(({ line, message }) => `line ${(line ?? 0) + lines}: ${message}`),
    running: known,
  };
}

function place({ line, column }: { line?: number; column?: number } | Position): string {
  return `${line}:${column}`;
}

/** Whether an element or attribute stands exactly where the error is, and can go: not the domain itself. */
function removable(domain: XmlElement, error: Diagnostic, without: ReadonlySet<string>): boolean {
  const at = place(error);
  if (without.has(at) || at === place(domain.position)) return false;
  const holds = (element: XmlElement): boolean =>
    element.attributes.some(({ position }) => place(position) === at) ||
    element.children.some(
      (child) => child.type === 'element' && (place(child.position) === at || holds(child)),
    );
  return holds(domain);
}

function pruned(element: XmlElement, without: ReadonlySet<string>): XmlElement {
  if (without.size === 0) return element;
  return {
    ...element,
    attributes: element.attributes.filter(({ position }) => !without.has(place(position))),
    children: element.children
      .filter((child) => child.type === 'text' || !without.has(place(child.position)))
      .map((child) => (child.type === 'text' ? child : pruned(child, without))),
  };
}

function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find(
    (child): child is XmlElement => child.type === 'element' && child.name === name,
  );
}

function textOf(element: XmlElement | undefined): string | undefined {
  const [first] = element?.children ?? [];
  return first?.type === 'text' ? first.text : undefined;
}
