import { readFile } from 'node:fs/promises';
import type { Values } from '../manifest/compose/substitute.ts';
import { decodeValues } from '../manifest/compose/values-file.ts';
import { renderDiagnostic } from '../manifest/render-diagnostic.ts';
import { Failure } from '../model/failure.ts';
import type { Flag, ParsedArguments } from './arguments.ts';

export const valuesFlag: Flag = {
  value: 'FILE',
  about: 'what ${name} stands for in the specs: a map, or a file of kind Values; wins over qonverge.yaml',
};

/** The values that `--values` names, each with its place. */
export async function valuesOf(args: ParsedArguments): Promise<{ readonly values?: Values }> {
  const path = args.text('values');
  if (path === undefined) return {};
  const text = await readFile(path, 'utf8');
  const { values, diagnostics } = decodeValues({ path, text });
  if (values) return { values };
  const shown = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text));
  throw new Failure('refused', `the values cannot be read\n${shown.join('\n')}`, { retry: 'never' });
}
