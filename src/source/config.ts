import { choice } from '../kinds/shape/choice.ts';
import { Decoding } from '../kinds/shape/decoding.ts';
import { millis } from '../kinds/shape/duration.ts';
import { elementCodec } from '../kinds/shape/element-codec.ts';
import { required } from '../kinds/shape/field.ts';
import { list } from '../kinds/shape/list.ts';
import { object } from '../kinds/shape/object.ts';
import { yesNo } from '../kinds/shape/on-off.ts';
import { path, text } from '../kinds/shape/text.ts';
import { plainSchema } from '../manifest/plain-schema.ts';
import { readYaml } from '../manifest/yaml-tree.ts';
import type { Diagnostic, Position, Problem } from '../model/diagnostic.ts';
import type { JsonSchema } from '../model/json.ts';
import { apiVersion } from '../model/resource.ts';

/** One source as the configuration names it. Exactly one of `directory` and `git`. */
export interface SourceConfig {
  readonly directory?: string;
  readonly git?: string;
  readonly branch?: string;
  readonly path?: string;
  /** Milliseconds. */
  readonly interval?: number;
  readonly namePrefix?: string;
  /** File of values on this host. */
  readonly values?: string;
  readonly allowRewind?: boolean;
  readonly allowTrailers?: boolean;
  readonly verify?: VerifyConfig;
  readonly tokenFile?: string;
  readonly tokenUser?: string;
  readonly caFile?: string;
  readonly knownHosts?: string;
  readonly sshKey?: string;
}

export interface VerifyConfig {
  readonly mode: 'off' | 'ssh' | 'openpgp';
  readonly allowedSigners?: string;
  readonly revokedKeys?: string;
  readonly keyring?: string;
}

export interface WebhookConfig {
  readonly listen: string;
  readonly secretFile: string;
}

export interface DaemonConfig {
  readonly sources: readonly SourceConfig[];
  readonly webhook?: WebhookConfig;
}

const verifyCodec = elementCodec<VerifyConfig>('verify', {
  mode: required(choice('.', ['off', 'ssh', 'openpgp'], 'How a commit proves where it comes from.')),
  allowedSigners: path('.', 'ssh: file of allowed signers, as `ssh-keygen -Y verify` reads it.'),
  revokedKeys: path('.', 'ssh: keys that no longer count, one a line or a KRL.'),
  keyring: path('.', 'openpgp: exported public keys of those who may sign.'),
});

const sourceCodec = elementCodec<SourceConfig>('sources', {
  directory: path('.', 'A directory of specs on this host.'),
  git: text('.', 'URL of a repository: https, ssh or file.'),
  branch: text('.', 'Its branch. Default: main.'),
  path: text('.', 'Directory of the specs inside the repository. Default: all of it.'),
  interval: millis('.', 'Time between two looks. Default: 1m for git, 30s for a directory.'),
  namePrefix: text('.', 'Names that this source declares begin so.', {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
    maxLength: 60,
    expected: 'the beginning of a name',
  }),
  values: path(
    '.',
    'File on this host that says what `${name}` stands for in the specs (docs/overlays.md); read again when it changes.',
  ),
  allowRewind: yesNo('.', 'Take a branch that does not go on from where it was. Default: false.'),
  allowTrailers: yesNo(
    '.',
    'Honour approvals in commit messages (`Allow-Delete: Domain/web-1`) though no signature is asked for. Default: false; those of verified commits always count.',
  ),
  verify: object('.', verifyCodec, 'Whose signature a commit needs. Default: none.'),
  tokenFile: path('.', 'https: file that holds the token; readable by its owner only.'),
  tokenUser: text('.', 'https: user name that goes with the token. Default: x-access-token.'),
  caFile: path('.', 'https: certificate authorities of a private server.'),
  knownHosts: path('.', 'ssh: file of the keys of the host.'),
  sshKey: path('.', 'ssh: private key; readable by its owner only.'),
});

const webhookCodec = elementCodec<WebhookConfig>('webhook', {
  listen: required(text('.', 'Address and port: `127.0.0.1:9470`.')),
  secretFile: required(
    path('.', 'File of the secret that GitHub, GitLab or Gitea sign with; readable by its owner only.'),
  ),
});

const configCodec = elementCodec<DaemonConfig>('config', {
  sources: required(list('sources', sourceCodec, 'Where specs come from.')),
  webhook: object('.', webhookCodec, 'Where a forge says that something was pushed.'),
});

const head = 'begin with `apiVersion: qonverge/v1`, `kind: Config` and `sources:`';

/** The daemon's configuration file. With any mistake there is none. */
export function decodeConfig(file: { readonly path: string; readonly text: string }): {
  readonly config: DaemonConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = (problem: Omit<Problem, 'path'> & { path?: string }, { line, column }: Position) =>
    diagnostics.push({ ...problem, severity: 'error', file: file.path, line, column });
  const { documents, problems } = readYaml(file.text);
  for (const { position, ...problem } of problems) report(problem, position);
  const [document] = documents;
  const value = document?.value;
  if (!document || typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (problems.length === 0)
      report(
        { code: 'root-not-a-map', message: 'a configuration is a map', suggestion: head },
        { line: 1, column: 1 },
      );
    return { config: undefined, diagnostics };
  }
  const { apiVersion: version, kind, ...rest } = value as Readonly<Record<string, unknown>>;
  if (version !== apiVersion || kind !== 'Config')
    report(
      { code: 'unknown-kind', message: 'this is no configuration', suggestion: head },
      document.position,
    );
  const decoding = new Decoding();
  const config = configCodec.fromYaml(rest, '', decoding);
  const found = [...decoding.problems, ...(config ? contradictions(config) : [])];
  for (const problem of found)
    report(problem, document.locate(problem.path, problem.code === 'unknown-field' ? 'key' : 'value'));
  return { config: diagnostics.length > 0 ? undefined : config, diagnostics };
}

/** Mistakes that a shape cannot see. */
function contradictions({ sources }: DaemonConfig): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (at: number, field: string, message: string, suggestion: string) =>
    problems.push({ code: 'conflicting-options', path: `sources[${at}]${field}`, message, suggestion });
  for (const [at, source] of sources.entries()) {
    const { directory, git, verify, namePrefix } = source;
    if ((directory === undefined) === (git === undefined))
      report(
        at,
        '',
        'a source is either a directory or a git repository',
        'write one of directory: and git:',
      );
    if (verify?.mode === 'ssh' && verify.allowedSigners === undefined)
      report(at, '.verify', 'ssh signatures need to know whose', 'write allowedSigners: FILE');
    if (verify?.mode === 'openpgp' && verify.keyring === undefined)
      report(at, '.verify', 'OpenPGP signatures need to know whose', 'write keyring: FILE');
    if (sources.length < 2) continue;
    if (git !== undefined && namePrefix === undefined)
      report(
        at,
        '',
        'of several sources each git source needs a namePrefix',
        'so that names can never collide',
      );
    const other = sources.findIndex(
      (one, index) => index < at && namePrefix !== undefined && collides(namePrefix, one.namePrefix),
    );
    if (other >= 0)
      report(
        at,
        '.namePrefix',
        `collides with sources[${other}]: a name could belong to both`,
        'neither may begin with the other',
      );
  }
  return problems;
}

function collides(a: string, b: string | undefined): boolean {
  return b !== undefined && (a.startsWith(b) || b.startsWith(a));
}

export function configSchema(): JsonSchema {
  return plainSchema('Config', configCodec.schema(new Map()));
}
