import { readFile } from 'node:fs/promises';
import { NodeReader } from '../manifest/compose/node-reader.ts';
import { nodeOf } from '../manifest/compose/spec-node.ts';
import { type Values, variableName } from '../manifest/compose/substitute.ts';
import { readValues } from '../manifest/compose/values-file.ts';
import { renderDiagnostic } from '../manifest/render-diagnostic.ts';
import { readYaml } from '../manifest/yaml-tree.ts';
import { Failure } from '../model/failure.ts';
import { apiVersion } from '../model/resource.ts';
import type { Flag, ParsedArguments } from './arguments.ts';

export const valuesFlag: Flag = {
  value: 'FILE',
  about: 'what ${name} stands for in the specs: a map, or a file of kind Values; wins over qonverge.yaml',
};

/** The values that `--values` names, each with its place. */
export async function valuesOf(args: ParsedArguments): Promise<{ readonly values?: Values }> {
  const file = args.text('values');
  return file === undefined ? {} : { values: valuesIn(file, await readFile(file, 'utf8')) };
}

function valuesIn(file: string, text: string): Values {
  const { documents, problems } = readYaml(text);
  const reader = new NodeReader();
  for (const { code, message, position } of problems) reader.report(code, { file, ...position }, message);
  const [document] = documents;
  const node = document?.node(file) ?? nodeOf({}, { file, line: 1, column: 1 });
  const wrapped = node.fields?.['kind']?.scalar === 'Values';
  if (wrapped && node.fields?.['apiVersion']?.scalar !== apiVersion)
    reader.report('unknown-api-version', node.place, `write apiVersion: ${apiVersion}`);
  const values = wrapped ? readValues(node, reader) : reader.values(node, '', variableName);
  const [wrong] = reader.problems;
  if (!wrong) return values;
  const { place, ...problem } = wrong;
  const shown = renderDiagnostic({ severity: 'error', ...problem, ...place }, text);
  throw new Failure('refused', `the values cannot be read\n${shown}`, { retry: 'never' });
}
