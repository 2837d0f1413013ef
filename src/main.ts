#!/usr/bin/env node
import { commandFirst, parseArguments } from './cli/arguments.ts';
import type { Command, Terminal } from './cli/command.ts';
import { helpOf, overview } from './cli/help.ts';
import { knownElsewhere } from './cli/known-elsewhere.ts';
import { commands } from './cli/table.ts';
import { version } from './cli/version.ts';
import { nearest } from './kinds/shape/nearest.ts';
import { Failure, toFailure } from './model/failure.ts';

const isTty = process.stdout.isTTY === true;
const color = isTty && !process.env['NO_COLOR'] && !process.argv.includes('--no-color');
const terminal: Terminal = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  color,
  isTty,
};
// A closed pipe (`qonverge status | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = commandFirst(argv);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const [about] = rest;
    terminal.out(about === undefined ? await overview() : helpOf(await commandNamed(about)));
    return 0;
  }
  if (name === 'version' || name === '--version') {
    terminal.out(`qonverge ${version}`);
    return 0;
  }
  const command = await commandNamed(name);
  const args = parseArguments(rest, command.flags);
  if (args.is('help')) {
    terminal.out(helpOf(command));
    return 0;
  }
  refuseSurplus(command, args.positionals);
  return command.run(args, terminal);
}

function commandNamed(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return load();
  const elsewhere = Object.hasOwn(knownElsewhere, name) ? knownElsewhere[name] : undefined;
  const near = nearest(name, Object.keys(commands));
  throw new Failure('refused', `unknown command ${name}`, {
    retry: 'never',
    suggestion: elsewhere ?? (near ? `did you mean ${near}?` : 'qonverge help lists the commands'),
  });
}

/** A word too many is a mistake, never ignored. */
function refuseSurplus({ name, usage, operands }: Command, words: readonly string[]): void {
  const most = operands === 'none' ? 0 : 1;
  const surplus = operands === 'many' ? undefined : words[most];
  if (surplus === undefined) return;
  throw new Failure('refused', `${name} does not take ${surplus} as well`, {
    retry: 'never',
    suggestion: `usage: qonverge ${usage}`,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const failure = toFailure(error);
  const red = color ? '\u001b[1;31merror\u001b[0m' : 'error';
  terminal.err(`${red}[${failure.code}]: ${failure.message}`);
  if (failure.suggestion) terminal.err(`  = ${failure.suggestion}`);
  if (process.argv.includes('-v') || process.argv.includes('--verbose'))
    terminal.err(String((error as Error).stack));
  process.exitCode = failure.code === 'state-locked' ? 75 : 1;
}
