import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildCommandLine } from '../drivers/qemu/command-line.ts';
import { renderContext } from '../drivers/qemu/render-context.ts';
import { systemClock } from '../host/clock.ts';
import { baselineCapabilities } from '../kinds/domain/baseline-capabilities.ts';
import { cpuProblem } from '../kinds/domain/cpu/cpu-problem.ts';
import { firmwareProblem } from '../kinds/domain/firmware-problem.ts';
import { inactiveForm } from '../kinds/domain/inactive-form.ts';
import { kinds } from '../kinds/table.ts';
import { overlayFile } from '../manifest/compose/overlay.ts';
import type { Declared } from '../manifest/declared.ts';
import { decodeFile } from '../manifest/decode.ts';
import { encodeXml, encodeYaml } from '../manifest/encode.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { DomainDef } from '../model/domain.ts';
import type { DomainCapabilities } from '../model/domain-capabilities.ts';
import { Failure } from '../model/failure.ts';
import type { Def } from '../model/resource.ts';
import { DirectorySource } from '../source/directory.ts';
import { MemorySource } from '../source/memory.ts';
import { silentLogger } from '../telemetry/log.ts';
import type { ParsedArguments } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { completed } from './completed.ts';
import { hostCpus } from './host-cpus.ts';
import { printDiagnostics } from './sources.ts';
import { valuesFlag, valuesOf } from './values.ts';

export const render: Command = {
  name: 'render',
  usage: 'render PATH [NAME] [--values FILE] -o argv|argv-json|xml|yaml|json',
  operands: 'many',
  about: 'show what a spec means, with its class, bases and patches; touches nothing',
  flags: {
    output: {
      value: 'FORMAT',
      short: 'o',
      about: 'argv, argv-json, xml, yaml, json',
      choices: ['argv', 'argv-json', 'xml', 'yaml', 'json'],
    },
    name: { value: 'NAME', about: 'only this resource' },
    portable: { about: 'argv: ask no QEMU of this host what its CPUs are' },
    values: valuesFlag,
    lenient: { about: 'unknown XML elements are warnings' },
    uncompleted: { about: 'as written, without what is filled in' },
  },
  examples: [
    'qonverge render vms/web-1.xml -o argv',
    'qonverge render vms/ web-1 -o yaml',
    'qonverge render web.xml -o yaml --uncompleted > web.yaml',
  ],
  async run(args, terminal) {
    const [file, named, surplus] = args.positionals;
    if (file === undefined || surplus !== undefined)
      throw new Failure('refused', 'render needs a PATH, and takes one NAME', { retry: 'never' });
    const { declared, diagnostics, texts } = await read(file, args);
    await printDiagnostics(diagnostics, terminal, texts);
    if (diagnostics.some(({ severity }) => severity === 'error')) return 1;
    const name = args.text('name') ?? named;
    const wanted = declared.filter(({ key }) => name === undefined || key.name === name);
    if (wanted.length === 0)
      throw new Failure('not-found', `${file} declares no ${name ?? 'resource'}`, { retry: 'never' });
    const format = args.text('output') ?? 'yaml';
    const defs = wanted.map(({ def }) => (args.is('uncompleted') ? def : completed(def)));
    if (format === 'argv' || format === 'argv-json') {
      const domains = defs.filter((def) => def.kind === 'Domain');
      if (domains.length === 0)
        throw new Failure('not-found', `${file} declares no domain`, { retry: 'never' });
      for (const def of domains) {
        const cpus = args.is('portable') ? baselineCapabilities.cpus : await hostCpus(def.spec);
        assertFirmware(def);
        assertCpu(def, cpus, terminal);
        if (def.spec.os?.smbios === 'host')
          terminal.err(
            `${def.metadata.name}: what its host says in SMBIOS is added at the start, and not shown here`,
          );
        const context = { ...renderContext(def.metadata.name), cpus };
        const { emulator, args: words } = buildCommandLine(def, context);
        terminal.out(format === 'argv' ? shell([emulator, ...words]) : JSON.stringify([emulator, ...words]));
      }
    } else if (format === 'json') terminal.out(JSON.stringify(defs.length === 1 ? defs[0] : defs, null, 2));
    else if (format === 'xml') {
      const shown = args.is('uncompleted') ? defs : wanted.map(({ def }) => shownInactive(def));
      for (const def of shown) terminal.out(encodeXml(def, kinds).trimEnd());
    } else
      terminal.out(
        defs
          .map((def) => encodeYaml(def, kinds))
          .join('---\n')
          .trimEnd(),
      );
    return 0;
  },
};

function assertFirmware({ metadata, spec }: DomainDef): void {
  const problem = firmwareProblem(spec);
  if (problem !== undefined)
    throw new Failure('firmware-not-found', `${metadata.name}: ${problem}`, {
      retry: 'never',
      suggestion: 'ask for less, or leave firmware out: then the machine has its own BIOS',
    });
}

/** What would be refused at a start is refused here; what only the host knows is said where it cannot be asked. */
function assertCpu(
  { metadata, spec }: DomainDef,
  cpus: DomainCapabilities['cpus'],
  terminal: Terminal,
): void {
  const facts = cpus[spec.accel === 'kvm' ? 'kvm' : 'tcg'];
  const problem = facts && cpuProblem(spec, facts);
  if (problem)
    throw new Failure('cpu-unavailable', `${metadata.name}: ${problem.reason}`, {
      retry: 'never',
      suggestion: problem.suggestion,
    });
  if (!facts && (spec.cpu?.mode === 'host-model' || spec.cpu?.match === 'minimum'))
    terminal.err(`${metadata.name}: no KVM was asked here, \`-cpu host\` stands for the CPU of its host`);
}

interface Read {
  readonly declared: readonly Declared[];
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

/** One file by itself where it stands for itself; else with all that it is put together from. */
async function read(path: string, args: ParsedArguments): Promise<Read> {
  const decode = { lenient: args.is('lenient') };
  const values = await valuesOf(args);
  const isDirectory = path !== '-' && (await stat(path)).isDirectory();
  const text = isDirectory ? undefined : path === '-' ? await readStdin() : await readFile(path, 'utf8');
  const texts = new Map(text === undefined ? [] : [[path, text]]);
  if (text !== undefined && !values.values && !(await isRuled(path))) {
    const { parts, ...found } = decodeFile({ path, text }, kinds, decode);
    if (!parts) return { ...found, texts };
  }
  const source =
    path === '-'
      ? new MemorySource('stdin', [{ path, text: text ?? '' }], kinds, values.values)
      : new DirectorySource(path, {
          kinds,
          clock: systemClock,
          log: silentLogger,
          settle: 0,
          decode,
          ...values,
        });
  const { declared, diagnostics } = await source.read(AbortSignal.timeout(600_000));
  return { declared: [...declared.values()], diagnostics, texts };
}

async function isRuled(path: string): Promise<boolean> {
  return (
    path !== '-' &&
    stat(join(dirname(path), overlayFile)).then(
      () => true,
      () => false,
    )
  );
}

/** As `virsh dumpxml --inactive` would show it. */
function shownInactive(def: Def): Def {
  if (def.kind !== 'Domain') return completed(def);
  const whole = kinds.Domain.complete(def, undefined, baselineCapabilities);
  return inactiveForm(whole, def, baselineCapabilities);
}

/** One option a line, quoted for a shell. */
function shell(words: readonly string[]): string {
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return quoted.reduce(
    (line, word, at) =>
      at === 0 ? word : /^-[a-z]/i.test(words[at] ?? '') ? `${line} \\\n  ${word}` : `${line} ${word}`,
    '',
  );
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
