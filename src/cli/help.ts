import { type Flags, globalFlags } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './table.ts';

export async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const width = Math.max(...all.map(({ name }) => name.length));
  return [
    "Keeps a host's virtual machines equal to specs in git.",
    '',
    'usage: qonverge COMMAND [ARGUMENTS]',
    '',
    ...all.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    '',
    '`qonverge COMMAND --help` shows flags and examples. Every command takes:',
    ...flagLines(globalFlags),
  ].join('\n');
}

export function helpOf(command: Command): string {
  const flags = flagLines(command.flags);
  const examples = command.examples ?? [];
  return [
    `${command.about}`,
    '',
    `usage: qonverge ${command.usage}`,
    ...(flags.length > 0 ? ['', ...flags] : []),
    ...(examples.length > 0 ? ['', 'examples:', ...examples.map((line) => `  ${line}`)] : []),
  ].join('\n');
}

function flagLines(flags: Flags): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const short = flag.short ? `-${flag.short}, ` : '    ';
    return [`  ${short}--${name}${flag.value ? ` ${flag.value}` : ''}`, flag.about] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, about]) => `${left.padEnd(width)}  ${about}`);
}
