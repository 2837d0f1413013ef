import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { buildCommandLine } from '../src/drivers/qemu/command-line.ts';
import { renderContext } from '../src/drivers/qemu/render-context.ts';
import { baselineCapabilities } from '../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../src/kinds/table.ts';
import { decodeFile } from '../src/manifest/decode.ts';

interface Sample {
  readonly name: string;
  readonly text: string;
}

export interface RenderFigures {
  readonly files: number;
  /** Of all files, in milliseconds a file: the XML parser alone, and the whole way to a command line. */
  readonly parser: number;
  readonly median: number;
  readonly slowest: number;
  readonly slowestFile: string;
}

/** Every domain of the fixtures from text to command line in a warm process, beside its XML parser alone. */
export function benchRender(rounds = 15): RenderFigures {
  const samples = below('test/fixtures/domains').filter(({ text }) => render(text));
  for (let round = 0; round < 5; round++) for (const { text } of samples) render(text);
  const parser = samples.map(({ text }) => best(rounds, () => parse(text)));
  const ours = samples.map(({ text }) => best(rounds, () => render(text)));
  const slowest = Math.max(...ours);
  return {
    files: samples.length,
    parser: median(parser),
    median: median(ours),
    slowest,
    slowestFile: samples[ours.indexOf(slowest)]?.name ?? '',
  };
}

/** False: this domain is one that is refused. */
function render(text: string): boolean {
  const { declared } = decodeFile({ path: 'domain.xml', text }, kinds);
  const def = declared[0]?.def;
  if (def?.kind !== 'Domain') return false;
  const completed = kinds.Domain.complete(def, undefined, baselineCapabilities);
  return buildCommandLine(completed, renderContext(def.metadata.name)).args.length > 0;
}

function parse(text: string): void {
  const parser = new SaxesParser({ xmlns: true, position: true });
  parser.write(text).close();
}

/** The least of several runs: what it costs when nothing else wants the processor. */
function best(rounds: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    work();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function below(directory: string): Sample[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.xml'))
    .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath, entry.name), 'utf8') }));
}
