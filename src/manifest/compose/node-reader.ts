import { nearest } from '../../kinds/shape/nearest.ts';
import type { DiagnosticCode } from '../../model/diagnostic.ts';
import type { PlacedProblem } from './placed-problem.ts';
import type { Place, SpecNode } from './spec-node.ts';

/** Reads the fields of a document that describes other documents. A mistake is noted, never thrown. */
export class NodeReader {
  readonly problems: PlacedProblem[] = [];

  report(code: DiagnosticCode, place: Place, message: string, path = '', suggestion?: string): void {
    this.problems.push({
      code,
      message,
      place,
      ...(path === '' ? {} : { path }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }

  /** The fields of a map that may hold these, and no others. */
  fields(
    node: SpecNode | undefined,
    path: string,
    known: readonly string[],
  ): Readonly<Record<string, SpecNode>> {
    const fields = this.map(node, path);
    for (const [name, { key, place }] of Object.entries(fields)) {
      if (known.includes(name)) continue;
      const near = nearest(name, known);
      this.report(
        'unknown-field',
        key ?? place,
        `unknown field ${JSON.stringify(name)}`,
        path === '' ? name : `${path}.${name}`,
        near ? `did you mean ${near}?` : `known here: ${known.join(', ')}`,
      );
    }
    return fields;
  }

  map(node: SpecNode | undefined, path: string): Readonly<Record<string, SpecNode>> {
    if (!node) return {};
    if (!node.fields) this.report('wrong-type', node.place, 'a map is needed here', path);
    return node.fields ?? {};
  }

  list(node: SpecNode | undefined, path: string): readonly SpecNode[] {
    if (!node) return [];
    if (!node.items) this.report('wrong-type', node.place, 'a list is needed here', path);
    return node.items ?? [];
  }

  text(node: SpecNode | undefined, path: string): string | undefined {
    if (!node || (typeof node.scalar === 'string' && node.scalar !== ''))
      return node?.scalar as string | undefined;
    this.report('wrong-type', node.place, 'a text is needed here', path);
    return undefined;
  }

  flag(node: SpecNode | undefined, path: string): boolean | undefined {
    if (!node || typeof node.scalar === 'boolean') return node?.scalar as boolean | undefined;
    this.report('wrong-type', node.place, 'true or false is needed here', path);
    return undefined;
  }

  number(node: SpecNode | undefined, path: string): number | undefined {
    if (!node || typeof node.scalar === 'number') return node?.scalar as number | undefined;
    this.report('wrong-type', node.place, 'a number is needed here', path);
    return undefined;
  }

  /** What names stand for: no maps, no lists, nothing empty. */
  values(node: SpecNode | undefined, path: string, name: RegExp): Readonly<Record<string, SpecNode>> {
    const good: Record<string, SpecNode> = {};
    for (const [key, value] of Object.entries(this.map(node, path))) {
      const at = `${path}.${key}`;
      if (!name.test(key))
        this.report(
          'invalid-name',
          value.key ?? value.place,
          `${JSON.stringify(key.slice(0, 60))} cannot be the name of a value`,
          at,
          'letters, digits, _ and -, a letter first',
        );
      else if (value.scalar === undefined || value.scalar === null)
        this.report('wrong-type', value.place, 'a text, a number, true or false is needed here', at);
      else good[key] = value;
    }
    return good;
  }
}
