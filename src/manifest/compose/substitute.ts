import { nearest } from '../../kinds/shape/nearest.ts';
import { yamlLimits } from '../yaml-tree.ts';
import type { PlacedProblem } from './placed-problem.ts';
import type { Place, Scalar, SpecNode } from './spec-node.ts';

/** What names stand for: scalars, with the place where each was given. */
export type Values = Readonly<Record<string, SpecNode>>;

export const variableName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

const reference = /\$\$|\$\{([^}]*)\}?/g;

/**
 * `${name}` and `${name:-default}` in texts, never in keys; `$$` is a dollar. A text that is one reference takes the
 * value's type and place. What is put in is not read again. `what`: how the names are called, for people.
 */
export function substitute(
  node: SpecNode,
  values: Values,
  report: (problem: PlacedProblem) => void,
  what = 'value',
): SpecNode {
  if (node.items) {
    const items = node.items.map((item) => substitute(item, values, report, what));
    return { ...node, items };
  }
  if (node.fields) {
    const fields = Object.entries(node.fields).map(
      ([name, field]) => [name, substitute(field, values, report, what)] as const,
    );
    return { ...node, fields: Object.fromEntries(fields) };
  }
  return typeof node.scalar === 'string' && node.scalar.includes('$')
    ? filled(node, node.scalar, values, report, what)
    : node;
}

function filled(
  node: SpecNode,
  text: string,
  values: Values,
  report: (problem: PlacedProblem) => void,
  what: string,
): SpecNode {
  const { place } = node;
  const look = (inner: string): SpecNode => {
    const [, name = '', fallback] = /^([^:]*)(?::-([\s\S]*))?$/.exec(inner) ?? [];
    if (!variableName.test(name)) {
      const message = `\${${inner.slice(0, 60)}} is no reference`;
      report({ code: 'unknown-variable', message, place, suggestion: dollarHint });
      return node;
    }
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value) return value;
    if (fallback !== undefined) return { place, scalar: typed(fallback) };
    const near = nearest(name, Object.keys(values));
    report({
      code: 'unknown-variable',
      message: `there is no ${what} ${name}`,
      place,
      suggestion: near
        ? `did you mean \${${near}}?`
        : `give it one, or write \${${name}:-default}; ${dollarHint}`,
    });
    return node;
  };
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole) {
    const { key, ...found } = look(whole[1] ?? '');
    return { ...found, ...(node.key ? { key: node.key } : {}) };
  }
  let length = text.length;
  const result = text.replace(reference, (match, inner: string | undefined) => {
    if (match === '$$') return '$';
    if (!match.endsWith('}')) {
      report({
        code: 'unknown-variable',
        message: `${match.slice(0, 60)} has no end`,
        place,
        suggestion: dollarHint,
      });
      return match;
    }
    const found = look(inner ?? '');
    const put = found === node ? match : String(found.scalar);
    length += put.length;
    return length > 4 * yamlLimits.string ? '' : put;
  });
  if ((length > yamlLimits.string && result.length > yamlLimits.string) || length > 4 * yamlLimits.string)
    report({ code: 'limit-exceeded', message: `text longer than ${yamlLimits.string} characters`, place });
  return { ...node, scalar: result };
}

const dollarHint = 'a dollar that means itself is $$';

/** A default as YAML would read it. */
function typed(text: string): Scalar {
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

/** The names that a template refers to without a default, with their places. */
export function* referencesIn(node: SpecNode): Iterable<{ readonly name: string; readonly place: Place }> {
  for (const inner of node.items ?? Object.values(node.fields ?? {})) yield* referencesIn(inner);
  if (typeof node.scalar !== 'string') return;
  for (const [match, inner] of node.scalar.matchAll(reference)) {
    if (match !== '$$') yield { name: (inner ?? '').replace(/:-[\s\S]*$/, ''), place: node.place };
  }
}
