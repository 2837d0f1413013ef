import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runDaemon } from '../daemon.ts';
import { keepYoungGeneration } from '../host/young-generation.ts';
import { Failure } from '../model/failure.ts';
import type { HostShutdown } from '../reconcile/host-shutdown.ts';
import { type DaemonConfig, decodeConfig, type SourceConfig, type VerifyConfig } from '../source/config.ts';
import { duration, type ParsedArguments } from './arguments.ts';
import type { Command, Terminal } from './command.ts';
import { connectionOf, loggerOf } from './connection.ts';
import { maxDisruption, maxDisruptionFlag, maxUnavailable, maxUnavailableFlag } from './disruption.ts';
import { printDiagnostics } from './sources.ts';
import { valuesFlag } from './values.ts';

export const watch: Command = {
  name: 'watch',
  usage: 'watch PATH… | watch --git URL [--branch B] [--path DIR] | watch --config FILE',
  about: 'the daemon, in the foreground: keep the host equal to directories or branches of git repositories',
  operands: 'many',
  flags: {
    git: { value: 'URL', about: 'a git repository: https, ssh or file' },
    branch: { value: 'BRANCH', about: 'its branch (default main)' },
    path: { value: 'DIR', about: 'directory of the specs inside the repository (default: all of it)' },
    values: valuesFlag,
    config: { value: 'FILE', about: 'several sources, webhook: docs/git.md' },
    'allowed-signers': { value: 'FILE', about: 'commits need an ssh signature by one of these' },
    'revoked-keys': { value: 'FILE', about: 'ssh keys that no longer count' },
    keyring: { value: 'FILE', about: 'commits need an OpenPGP signature by one of these public keys' },
    'allow-rewind': { about: 'take a branch that does not go on from where it was' },
    'allow-trailers': {
      about: 'approvals in commit messages count though no signature is asked for (docs/git.md)',
    },
    'known-hosts': { value: 'FILE', about: 'ssh: pinned keys of the host' },
    'ssh-key': { value: 'FILE', about: 'ssh: private key' },
    'token-file': { value: 'FILE', about: 'https: file with the token' },
    'token-user': { value: 'NAME', about: 'https: user name for the token' },
    'ca-file': { value: 'FILE', about: 'https: certificate authorities of a private server' },
    webhook: { value: 'ADDR:PORT', about: 'listen for pushes of GitHub, GitLab, Gitea' },
    'webhook-secret': { value: 'FILE', about: 'file of the secret they sign with' },
    interval: { value: 'TIME', about: 'full look at everything (default 30s); events hasten it' },
    settle: { value: 'TIME', about: 'how long a file must stay as it is (default 500ms)' },
    'no-prune': { about: 'never remove what is no longer declared' },
    'max-disruption': maxDisruptionFlag,
    'max-unavailable': maxUnavailableFlag,
    'on-shutdown': {
      value: 'HOW',
      about: 'at SIGTERM: stop or suspend all that runs, or leave it (default leave)',
      choices: ['stop', 'suspend', 'leave'],
    },
    'shutdown-timeout': { value: 'TIME', about: 'for all of that (default 5m)' },
    'log-format': { value: 'FORMAT', about: 'text, json', choices: ['text', 'json'] },
  },
  examples: [
    'qonverge watch /etc/qonverge/vms',
    'qonverge watch --git https://git.example.com/vms.git --branch main --path hosts/a --allowed-signers signers',
    'kill -HUP $(pidof -x qonverge)   # look at everything now',
  ],
  async run(args, terminal) {
    const config = await configOf(args, terminal);
    if (!config) return 1;
    keepYoungGeneration();
    const ended = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.abort(signal));
    const settle = args.text('settle');
    await runDaemon(
      config,
      {
        ...connectionOf(args),
        log: loggerOf(args, false),
        ...maxDisruption(args),
        maxUnavailable: maxUnavailable(args),
        prune: !args.is('no-prune'),
        ...shutdownOf(args),
        interval: duration(args.text('interval') ?? '30s', 'interval'),
        ...(settle === undefined ? {} : { settle: duration(settle, 'settle') }),
      },
      ended.signal,
    );
    return 0;
  },
};

/** What becomes of the machines when the daemon is told to end. */
function shutdownOf(args: ParsedArguments): { onShutdown?: HostShutdown } {
  const mode = args.text('on-shutdown') ?? 'leave';
  if (mode !== 'stop' && mode !== 'suspend') return {};
  const timeout = duration(args.text('shutdown-timeout') ?? '5m', 'shutdown-timeout');
  return { onShutdown: { mode, timeout, force: true } };
}

/** What to watch, by words or by a file; undefined: the file has mistakes, which were printed. */
async function configOf(args: ParsedArguments, terminal: Terminal): Promise<DaemonConfig | undefined> {
  const file = args.text('config');
  const git = args.text('git');
  const ways = [file, git, args.positionals[0]].filter((way) => way !== undefined).length;
  if (ways !== 1)
    throw new Failure('refused', 'watch needs a PATH, --git URL or --config FILE', {
      retry: 'never',
      ...(ways > 1 ? { suggestion: 'one of them; a configuration file can name several sources' } : {}),
    });
  const hook = webhookOf(args);
  const values = args.text('values');
  if (file === undefined) {
    const sources =
      git === undefined
        ? args.positionals.map((directory): SourceConfig => ({ directory: resolve(directory) }))
        : [gitSource(git, args)];
    const filled = values === undefined ? {} : { values: resolve(values) };
    return { sources: sources.map((source) => ({ ...source, ...filled })), ...hook };
  }
  if (values !== undefined)
    throw new Failure('refused', '--values and --config: each source has values of its own', {
      retry: 'never',
      suggestion: 'write values: FILE below the source',
    });
  const text = await readFile(file, 'utf8');
  const { config, diagnostics } = decodeConfig({ path: file, text });
  await printDiagnostics(diagnostics, terminal, new Map([[file, text]]));
  return config && { ...config, ...hook };
}

function gitSource(git: string, args: ParsedArguments): SourceConfig {
  const word = (flag: string, key: keyof SourceConfig, isFile = true) => {
    const value = args.text(flag);
    return value === undefined ? {} : { [key]: isFile ? resolve(value) : value };
  };
  return {
    git,
    ...word('branch', 'branch', false),
    ...word('path', 'path', false),
    ...word('token-file', 'tokenFile'),
    ...word('token-user', 'tokenUser', false),
    ...word('ca-file', 'caFile'),
    ...word('known-hosts', 'knownHosts'),
    ...word('ssh-key', 'sshKey'),
    ...(args.is('allow-rewind') ? { allowRewind: true } : {}),
    ...(args.is('allow-trailers') ? { allowTrailers: true } : {}),
    verify: verifyOf(args),
  };
}

function verifyOf(args: ParsedArguments): VerifyConfig {
  const allowedSigners = args.text('allowed-signers');
  const keyring = args.text('keyring');
  const revoked = args.text('revoked-keys');
  if (allowedSigners !== undefined && keyring !== undefined)
    throw new Failure('refused', '--allowed-signers and --keyring: one of them', { retry: 'never' });
  if (allowedSigners !== undefined)
    return {
      mode: 'ssh',
      allowedSigners: resolve(allowedSigners),
      ...(revoked === undefined ? {} : { revokedKeys: resolve(revoked) }),
    };
  return keyring === undefined ? { mode: 'off' } : { mode: 'openpgp', keyring: resolve(keyring) };
}

function webhookOf(args: ParsedArguments): Pick<DaemonConfig, 'webhook'> {
  const listen = args.text('webhook');
  const secretFile = args.text('webhook-secret');
  if (listen === undefined && secretFile === undefined) return {};
  if (listen === undefined || secretFile === undefined)
    throw new Failure('refused', '--webhook and --webhook-secret belong together', { retry: 'never' });
  return { webhook: { listen, secretFile: resolve(secretFile) } };
}
