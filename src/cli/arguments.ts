import { parseArgs } from 'node:util';
import { nearest } from '../kinds/shape/nearest.ts';
import { Failure } from '../model/failure.ts';

export interface Flag {
  /** The word for its value in help; absent: a switch. */
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
  readonly choices?: readonly string[];
}

export type Flags = Readonly<Record<string, Flag>>;

export interface ParsedArguments {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  is(name: string): boolean;
}

/** Flags that every command takes. */
export const globalFlags: Flags = {
  connect: { value: 'URI', short: 'c', about: 'driver: qemu:///system, qemu:///session, test:///default' },
  'state-dir': { value: 'DIR', about: 'definitions, inventory, volumes' },
  'run-dir': { value: 'DIR', about: 'lock, sockets, pids' },
  'log-dir': { value: 'DIR', about: 'logs of machines' },
  policy: { value: 'FILE', about: 'policy of this host (default /etc/qonverge/policy.yaml)' },
  'no-color': { about: 'plain output' },
  verbose: { short: 'v', about: 'say more' },
  help: { short: 'h', about: 'show this help' },
};

/** `qonverge -c URI status` is `qonverge status -c URI`: flags that every command takes may stand before it. */
export function commandFirst(argv: readonly string[]): readonly string[] {
  const takesValue = new Set(
    Object.entries(globalFlags).flatMap(([name, { value, short }]) =>
      value === undefined ? [] : [`--${name}`, ...(short ? [`-${short}`] : [])],
    ),
  );
  let at = 0;
  while (argv[at]?.startsWith('-')) at += takesValue.has(argv[at] ?? '') ? 2 : 1;
  const command = argv[at];
  return command === undefined ? argv : [command, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/** Words to flags; a mistake is a Failure that names the nearest flag. */
export function parseArguments(argv: readonly string[], flags: Flags): ParsedArguments {
  const known = { ...globalFlags, ...flags };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, flag]) => [
      name,
      {
        type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(flag.short ? { short: flag.short } : {}),
      },
    ]),
  );
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }) as typeof parsed;
  } catch (error) {
    const word = (error as Error).message.match(/'(--?[\w-]+)/)?.[1]?.replace(/^-+/, '') ?? '';
    const near = nearest(word, Object.keys(known));
    const message = known[word] ? (error as Error).message : `unknown flag --${word}`;
    throw new Failure('refused', message, {
      retry: 'never',
      ...(near && !known[word] ? { suggestion: `did you mean --${near}?` } : {}),
    });
  }
  for (const [name, flag] of Object.entries(known)) {
    const value = parsed.values[name];
    if (flag.choices && typeof value === 'string' && !flag.choices.includes(value)) {
      const near = nearest(value, flag.choices);
      throw new Failure('refused', `--${name} ${value}: one of ${flag.choices.join(', ')}`, {
        retry: 'never',
        ...(near ? { suggestion: `did you mean ${near}?` } : {}),
      });
    }
  }
  return {
    positionals: parsed.positionals,
    text: (name) => (typeof parsed.values[name] === 'string' ? (parsed.values[name] as string) : undefined),
    is: (name) => parsed.values[name] === true,
  };
}

/** `30s`, `500ms`, `2m`, `1h` in milliseconds. */
export function duration(text: string, flag: string): number {
  const match = text.match(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? 's'] ?? 1_000;
  if (!match)
    throw new Failure('refused', `--${flag} ${text} is no duration`, {
      retry: 'never',
      suggestion: 'write 30s, 500ms, 2m, 1h or 3d',
    });
  return Number(match[1]) * unit;
}

export function wholeNumber(text: string, flag: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Failure('refused', `--${flag} ${text} is no whole number`, { retry: 'never' });
}
