import type { KindRules } from '../kinds/contract.ts';
import { nearest } from '../kinds/shape/nearest.ts';
import { kinds } from '../kinds/table.ts';
import { fileSchema } from '../manifest/compose/file-schema.ts';
import { Failure } from '../model/failure.ts';
import type { Kind } from '../model/resource.ts';
import type { Command, Terminal } from './command.ts';
import { propertyNames, schemaAt, takes } from './spec-reference.ts';

export const explain: Command = {
  name: 'explain',
  usage: 'explain KIND[.PATH]',
  about: 'what a field of a spec means: `explain domain.spec.devices.disks.cache`',
  flags: { list: { about: 'only the names that continue this one, a line each: for completion' } },
  examples: ['qonverge explain domain.spec', 'qonverge explain domain.spec.devices.disks.cache'],
  run(args, terminal) {
    const [words] = args.positionals;
    if (args.is('list')) return Promise.resolve(list(words ?? '', terminal));
    const [kind = '', ...path] = (words ?? '').split('.');
    const rules = Object.values(kinds).find((found) => found.kind.toLowerCase() === kind.toLowerCase());
    if (!rules)
      throw new Failure('not-found', `unknown kind ${kind || '(none)'}`, {
        retry: 'never',
        suggestion: `known: ${Object.keys(kinds).join(', ').toLowerCase()}`,
      });
    const schema = schemaAt(fileSchema(rules), path);
    if (!schema) {
      const parent = path.slice(0, -1);
      const near = nearest(path.at(-1) ?? '', propertyNames(schemaAt(fileSchema(rules), parent) ?? {}));
      throw new Failure('not-found', `there is no ${words}`, {
        retry: 'never',
        ...(near ? { suggestion: `did you mean ${[kind, ...parent, near].join('.')}?` } : {}),
      });
    }
    terminal.out(words ?? '');
    terminal.out(`  ${String(schema['description'] ?? rules.kind)}`);
    const names = propertyNames(schema);
    if (names.length === 0) terminal.out(`  takes: ${takes(schema)}`);
    if (path.length > 0)
      terminal.out(`  a change of it on a running machine: ${impactWords(rules, path.join('.'))}`);
    if (names.length > 0) terminal.out(`  fields: ${names.join(', ')}`);
    return Promise.resolve(0);
  },
};

/** The impact, and the condition that it hangs on. */
function impactWords(rules: KindRules<Kind>, path: string): string {
  const when = rules.impactCondition?.(path);
  return when === undefined ? rules.impact(path) : `${rules.impact(path)} (${when}; otherwise restart)`;
}

function list(words: string, terminal: Terminal): number {
  const [kind = '', ...path] = words.split('.');
  const parent = path.slice(0, -1);
  const rules = Object.values(kinds).find((found) => found.kind.toLowerCase() === kind.toLowerCase());
  const names =
    path.length === 0 || !rules
      ? Object.keys(kinds).map((name) => name.toLowerCase())
      : propertyNames(schemaAt(fileSchema(rules), parent) ?? {}).map((name) =>
          [kind, ...parent, name].join('.'),
        );
  for (const name of names) terminal.out(name);
  return 0;
}
