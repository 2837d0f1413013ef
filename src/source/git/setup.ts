import { join } from 'node:path';
import { ensureDir, readText, remove, stat, writeAtomic } from '../../host/files.ts';
import type { GitSetup } from '../../host/git.ts';
import { run } from '../../host/processes.ts';
import { Failure } from '../../model/failure.ts';
import type { GitOptions, Verification } from './options.ts';
import type { GitUrl } from './url.ts';

export const revocationFile = 'gpg.ssh.revocationFile';

/** What git needs to reach the server and to judge signatures: written into our own directory, secrets stay in their files. */
export async function gitSetup(directory: string, url: GitUrl, options: GitOptions): Promise<GitSetup> {
  const home = join(directory, 'home');
  await ensureDir(home, 0o700);
  const { verify = { mode: 'off' } } = options;
  return {
    repository: join(directory, 'mirror.git'),
    home,
    ...(await access(home, url, options)),
    config: {
      [`protocol.${url.scheme}.allow`]: 'always',
      ...(options.caFile === undefined ? {} : { 'http.sslCAInfo': await present(options.caFile, 'ca-file') }),
      ...(await signatures(home, verify)),
    },
  };
}

async function access(
  home: string,
  url: GitUrl,
  options: GitOptions,
): Promise<Pick<GitSetup, 'env' | 'secrets'>> {
  const only = { GIT_ALLOW_PROTOCOL: url.scheme };
  if (url.scheme === 'ssh') {
    const { knownHosts, sshKey } = options;
    if (knownHosts === undefined)
      throw new Failure('refused', 'ssh needs the keys of the host: --known-hosts FILE', {
        retry: 'never',
        suggestion: 'ssh-keyscan HOST > FILE, and compare the fingerprint with what the host says of itself',
      });
    const words = [
      '/usr/bin/ssh',
      '-F',
      'none',
      ...sshOptions({
        BatchMode: 'yes',
        StrictHostKeyChecking: 'yes',
        UserKnownHostsFile: await present(knownHosts, 'known-hosts'),
        GlobalKnownHostsFile: 'none',
        UpdateHostKeys: 'no',
        IdentitiesOnly: 'yes',
        IdentityAgent: 'none',
        ClearAllForwardings: 'yes',
        PermitLocalCommand: 'no',
        ConnectTimeout: '15',
        ServerAliveInterval: '15',
        ServerAliveCountMax: '3',
        ControlPath: 'none',
      }),
      ...(sshKey === undefined ? [] : ['-i', await secretFile(sshKey, 'ssh-key')]),
    ];
    return { env: { ...only, GIT_SSH_COMMAND: words.map(quoted).join(' '), GIT_SSH_VARIANT: 'ssh' } };
  }
  if (url.scheme === 'https' && options.tokenFile !== undefined) {
    const file = await secretFile(options.tokenFile, 'token-file');
    const askPass = join(home, 'askpass');
    const user = options.tokenUser ?? 'x-access-token';
    const script = `#!/bin/sh\ncase "$1" in\n  Username*) printf '%s\\n' ${quoted(user)} ;;\n  *) exec /usr/bin/head -n 1 -- ${quoted(file)} ;;\nesac\n`;
    await writeAtomic(askPass, script, { mode: 0o700 });
    const token = await tokenIn(file);
    const secrets = [token, Buffer.from(`${user}:${token}`).toString('base64')];
    return { env: { ...only, GIT_ASKPASS: askPass }, secrets };
  }
  return { env: only };
}

/** The first line, as git is given it. */
async function tokenIn(file: string): Promise<string> {
  const [token = ''] = (await readText(file, 64 * 1024)).split(/\r?\n/);
  if (token === '')
    throw new Failure('refused', `--token-file ${file}: its first line is empty`, {
      retry: 'never',
      suggestion: 'the token alone on the first line',
    });
  return token;
}

async function signatures(home: string, verify: Verification): Promise<Record<string, string>> {
  const keyring = join(home, 'gnupg');
  if (verify.mode === 'ssh')
    return {
      'gpg.format': 'ssh',
      'gpg.ssh.allowedSignersFile': await present(verify.allowedSigners, 'allowed-signers'),
      ...(verify.revoked === undefined
        ? {}
        : { [revocationFile]: await present(verify.revoked, 'revoked-keys') }),
    };
  // Only the keys that count are in this keyring, so that each of them is trusted.
  await remove(keyring);
  await ensureDir(keyring, 0o700);
  if (verify.mode === 'off') return {};
  await writeAtomic(join(keyring, 'gpg.conf'), 'trust-model always\nno-auto-key-retrieve\nno-autostart\n');
  const file = await present(verify.keyring, 'keyring');
  const { stdout } = await run(
    'gpg',
    ['--homedir', keyring, '--batch', '--quiet', '--status-fd', '1', '--import', file],
    {
      // A key that is revoked by the same file is imported as such, with a warning.
      allowedExitCodes: [0, 2],
    },
  );
  if (!/^\[GNUPG:\] IMPORT_OK /m.test(stdout))
    throw new Failure('refused', `--keyring ${file}: there is no OpenPGP key in it`, {
      retry: 'never',
      suggestion: `gpg --export --armor KEY… > ${file}`,
    });
  return { 'gpg.format': 'openpgp', 'gpg.minTrustLevel': 'fully' };
}

async function present(path: string, flag: string): Promise<string> {
  if ((await stat(path))?.isFile) return path;
  throw new Failure('refused', `--${flag} ${path}: there is no such file`, { retry: 'never' });
}

async function secretFile(path: string, flag: string): Promise<string> {
  const facts = await stat(path);
  if (!facts?.isFile)
    throw new Failure('refused', `--${flag} ${path}: there is no such file`, { retry: 'never' });
  if ((facts.mode & 0o077) !== 0)
    throw new Failure('permission-denied', `--${flag} ${path}: others than its owner may read it`, {
      retry: 'never',
      suggestion: `chmod 600 ${path}`,
    });
  return path;
}

function sshOptions(given: Readonly<Record<string, string>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** git hands this to a shell: every word stands in single quotes. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
