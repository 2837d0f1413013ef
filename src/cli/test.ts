import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../host/clock.ts';
import { readTree } from '../host/tree.ts';
import { kinds } from '../kinds/table.ts';
import { decodeExpectations } from '../manifest/test-file.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import { DirectorySource } from '../source/directory.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { Command } from './command.ts';
import { completed } from './completed.ts';
import { unmet } from './expectations.ts';
import { findingOf } from './report/finding.ts';
import { reportFormats } from './report/formats.ts';
import { nearby, printDiagnostics } from './sources.ts';
import { valuesFlag, valuesOf } from './values.ts';

export const test: Command = {
  name: 'test',
  usage: 'test SPECS TESTS… [-o text|github|sarif|junit|gitlab|markdown]',
  about: "a repository's own expectations of its specs, as a host would complete them; touches nothing",
  operands: 'many',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: `text, ${Object.keys(reportFormats).join(', ')}`,
      choices: ['text', ...Object.keys(reportFormats)],
    },
    values: valuesFlag,
  },
  examples: ['qonverge test vms/ tests/', 'qonverge test vms/ tests/ -o junit > junit.xml'],
  async run(args, terminal) {
    const [specs, ...paths] = args.positionals;
    if (specs === undefined || paths.length === 0)
      throw new Failure('refused', 'test needs SPECS and TESTS', { retry: 'never' });
    const source = new DirectorySource(specs, {
      kinds,
      clock: systemClock,
      log: silentLogger,
      settle: 0,
      ...(await valuesOf(args)),
    });
    const { declared, diagnostics: found } = await source.read(AbortSignal.timeout(600_000));
    const defs = new Map([...declared].map(([key, { def }]) => [key, completed(def)]));
    let count = 0;
    let failed = 0;
    const files = (await Promise.all(paths.map(testFiles))).flat();
    // Tests may lie among the specs: their mistakes are told once.
    const tests = new Set(files.map((file) => resolve(file)));
    const diagnostics: Diagnostic[] = found.filter(({ file = '' }) => !tests.has(file));
    for (const file of files) {
      const { expectations, diagnostics: bad } = decodeExpectations({
        path: file,
        text: await readFile(file, 'utf8'),
      });
      diagnostics.push(...bad);
      count += expectations.length;
      for (const { expectation, ...place } of expectations) {
        const messages = unmet(expectation, defs);
        if (messages.length > 0) failed++;
        for (const message of messages)
          diagnostics.push({ severity: 'error', code: 'expectation-unmet', message, ...place });
      }
    }
    if (count === 0 && diagnostics.length === 0)
      throw new Failure('refused', `${paths.join(', ')}: no expectations there`, { retry: 'never' });
    const report = reportFormats[args.text('output') ?? 'text'];
    if (report)
      terminal.out(
        report(
          diagnostics.map((one) => findingOf(nearby(one))),
          files,
        ),
      );
    else {
      await printDiagnostics(diagnostics, terminal);
      const mistakes = diagnostics.filter(
        ({ severity, code }) => severity === 'error' && code !== 'expectation-unmet',
      );
      if (mistakes.length > 0) terminal.err(counted(mistakes.length, 'error'));
      if (failed > 0) terminal.err(`${failed} of ${counted(count, 'expectation')} not met`);
      else if (mistakes.length === 0)
        terminal.out(count === 1 ? '1 expectation holds' : `${count} expectations hold`);
    }
    return diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
  },
};

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

async function testFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const { files } = await readTree(path, {
    maxFiles: 10_000,
    accept: (name, isDirectory) => !name.startsWith('.') && (isDirectory || /\.ya?ml$/.test(name)),
  });
  return files.map((file) => join(path, file.path));
}
