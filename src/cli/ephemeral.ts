import { resolve } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import { duration, type Flags, type ParsedArguments } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { call, person } from './connection.ts';
import { cell, code } from './report/markdown.ts';
import { nearby, printDiagnostics, standardInput } from './sources.ts';
import { valuesOf } from './values.ts';

interface Preview {
  readonly suffix: string;
  readonly until: string;
  readonly ready: boolean;
  readonly tornDown: boolean;
  readonly inTime: boolean;
  readonly seconds: number;
  readonly items: readonly {
    readonly key: string;
    readonly state: string;
    readonly ready: boolean;
    readonly message?: string;
  }[];
  readonly notes: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What `apply` takes for a preview. */
export const ephemeralFlags: Flags = {
  ephemeral: { about: 'boot the specs beside what runs, isolated, for a while (docs/previews.md)' },
  'name-suffix': { value: 'SUFFIX', about: 'ephemeral: what ends the names: pr-12' },
  ttl: { value: 'TIME', about: 'ephemeral: when it is taken away by itself (default 2h)' },
  network: {
    value: 'NET',
    about: 'ephemeral: user (default), none, or same as the original',
    choices: ['user', 'none', 'same'],
  },
  keep: { about: 'ephemeral: leave it there when it does not become ready' },
};

/** A flag that would be left unheard is a mistake: whoever wrote it counts on it. */
export function checkEphemeral(args: ParsedArguments): void {
  const given = args.is('ephemeral');
  const unheard = given
    ? ['dry-run', 'prune', 'max-disruption', 'max-unavailable']
    : Object.keys(ephemeralFlags);
  for (const flag of unheard.filter((name) => args.is(name) || args.text(name) !== undefined))
    throw new Failure(
      'refused',
      given ? `--${flag} does not go with --ephemeral` : `--${flag} goes with --ephemeral only`,
      {
        retry: 'never',
        suggestion: given
          ? `leave --${flag} out: originals are never touched`
          : 'qonverge apply PATH --ephemeral --name-suffix pr-12 --ttl 2h',
      },
    );
}

export async function applyEphemeral(
  path: string,
  args: ParsedArguments,
  terminal: Terminal,
): Promise<number> {
  const suffix = args.text('name-suffix');
  if (suffix === undefined)
    throw new Failure('refused', '--ephemeral needs --name-suffix SUFFIX', {
      retry: 'never',
      suggestion: '--name-suffix pr-12',
    });
  const text = await standardInput(path);
  const [ttl, timeout, network] = [args.text('ttl'), args.text('timeout'), args.text('network')];
  const result = (await call(args, 'ephemeral', {
    path: path === '-' ? path : resolve(path),
    suffix,
    by: person(),
    ...(args.is('keep') ? { keep: true } : {}),
    ...(text === undefined ? {} : { text }),
    ...(ttl === undefined ? {} : { ttl: duration(ttl, 'ttl') }),
    ...(timeout === undefined ? {} : { timeout: duration(timeout, 'timeout') }),
    ...(network === undefined ? {} : { network }),
    ...(await valuesOf(args)),
  })) as Preview;
  const format = args.text('output') ?? 'text';
  if (format === 'json') terminal.out(JSON.stringify(result, null, 2));
  else if (format === 'markdown') terminal.out(markdown(result));
  else {
    await printDiagnostics(result.diagnostics, terminal, new Map(text === undefined ? [] : [['-', text]]));
    for (const note of result.notes) terminal.err(note);
    for (const { key, state, ready, message } of result.items)
      terminal.out(`${key}: ${ready ? 'ready' : 'not ready'} (${state})${message ? `: ${message}` : ''}`);
    terminal.out(verdict(result));
  }
  if (result.ready) return 0;
  return result.inTime ? 1 : 5;
}

function verdict({ suffix, ready, tornDown, seconds, until, items, diagnostics }: Preview): string {
  if (items.length === 0 && diagnostics.some(({ severity }) => severity === 'error'))
    return `preview ${suffix} was not booted: the specs have mistakes`;
  if (ready)
    return `preview ${suffix} is ready after ${seconds} s; it ends at ${until}, or with: qonverge teardown ${suffix}`;
  return `preview ${suffix} is not ready after ${seconds} s${tornDown ? '; it was taken away' : ''}`;
}

function markdown(result: Preview): string {
  const rows = result.items.map(
    ({ key, state, ready, message = '' }) =>
      `| ${code(key)} | ${ready ? 'ready' : '**not ready**'} | ${state} | ${cell(message)} |`,
  );
  const mistakes = result.diagnostics
    .map(nearby)
    .map(
      ({ file = '', line = 0, message, suggestion }) =>
        `- ${code(`${file}:${line}`)} ${cell(suggestion === undefined ? message : `${message}: ${suggestion}`)}`,
    );
  return [
    `### Preview ${result.suffix}`,
    '',
    verdict(result),
    ...(rows.length > 0
      ? ['', '| resource | ready | state | why |', '| --- | --- | --- | --- |', ...rows]
      : []),
    ...(mistakes.length > 0 ? ['', ...mistakes] : []),
    ...(result.notes.length > 0
      ? ['', 'Not as in the original:', ...result.notes.map((note) => `- ${cell(note)}`)]
      : []),
  ].join('\n');
}

export const teardown: Command = {
  name: 'teardown',
  usage: 'teardown --ephemeral SUFFIX',
  about: 'take a preview away: its machines at once, and the volumes that were its own',
  flags: { ephemeral: { value: 'SUFFIX', about: 'which preview; a plain word does as well' } },
  examples: ['qonverge teardown --ephemeral pr-12'],
  async run(args, terminal) {
    const suffix = args.text('ephemeral') ?? args.positionals[0];
    if (suffix === undefined)
      throw new Failure('refused', 'teardown needs --ephemeral SUFFIX', { retry: 'never' });
    const { removed, left } = (await call(args, 'teardown', { suffix })) as {
      removed: readonly string[];
      left: readonly string[];
    };
    for (const key of removed) terminal.out(`removed ${key}`);
    for (const key of left) terminal.err(`still there: ${key}`);
    return left.length > 0 ? 1 : 0;
  },
};
