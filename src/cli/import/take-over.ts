import { isLive, offlineXml } from '../../kinds/domain/offline-xml.ts';
import { kinds } from '../../kinds/table.ts';
import { decodeFile } from '../../manifest/decode.ts';
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import type { DomainDef } from '../../model/domain.ts';
import { childOf, childrenOf, textOf } from '../../xml/element.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Beside } from './beside.ts';
import type { Origin } from './origin.ts';
import { type Change, type Standalone, standalone } from './standalone.ts';

/** What one `<domain>` means, or why it cannot be had. */
export interface TakenOver {
  /** As libvirt calls it, as far as the text says so. */
  readonly name: string;
  readonly def: DomainDef | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** With `partly`: what was left out, in words. */
  readonly leftOut: readonly string[];
  readonly running: boolean | undefined;
  /** What stands in the place of libvirt's networks and pools, by definition path. */
  readonly changes: ReadonlyMap<string, Change>;
}

/**
 * Decodes one domain without its runtime parts. `partly`: what cannot be taken over is left out, element by element,
 * and named; otherwise it is an error.
 */
export function takeOver(origin: Origin, beside: Beside, partly: boolean): TakenOver {
  const leftOut: Diagnostic[] = [];
  const without = new Set<string>();
  // Once: who takes a device from a network's pool takes it from the others.
  let alone: Standalone | undefined;
  const prepare = (root: XmlElement) => {
    alone ??= standalone(root, beside);
    return alone;
  };
  for (;;) {
    const attempt = decode(origin, prepare, without);
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
  readonly changes: readonly Change[];
  readonly def: DomainDef | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

function decode(
  { text }: Origin,
  prepare: (root: XmlElement) => Standalone,
  without: ReadonlySet<string>,
): Attempt {
  let domain: XmlElement | undefined;
  let live = false;
  let changes: readonly Change[] = [];
  const prepareXml = (root: XmlElement) => {
    live = isLive(root);
    const alone = prepare(root);
    changes = alone.changes;
    domain = pruned(offlineXml(alone.domain), without);
    return domain;
  };
  const { declared, diagnostics } = decodeFile({ path: 'import.xml', text }, kinds, { prepareXml });
  const def = declared[0]?.def;
  return { domain, live, changes, def: def?.kind === 'Domain' ? def : undefined, diagnostics };
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
    name: textOf(childOf(attempt.domain, 'name')) || '?',
    def: attempt.def,
    diagnostics: [
      ...leftOut.map((found): Diagnostic => ({ ...at(found), severity: 'warning' })),
      ...attempt.diagnostics.map(at),
    ],
    leftOut: leftOut.map(({ line, message }) => `line ${(line ?? 0) + lines}: ${message}`),
    running: known,
    changes: byPath(attempt),
  };
}

function byPath({ domain, changes }: Attempt): ReadonlyMap<string, Change> {
  const devices = childOf(domain, 'devices');
  const found = new Map<string, Change>();
  for (const [name, list] of [
    ['disk', 'disks'],
    ['interface', 'interfaces'],
  ] as const)
    for (const [at, { position }] of childrenOf(devices, name).entries()) {
      const change = changes.find((one) => place(one.position) === place(position));
      if (change !== undefined) found.set(`spec.devices.${list}[${at}]`, change);
    }
  return found;
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
