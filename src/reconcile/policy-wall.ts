import { isAbsolute, relative, resolve } from 'node:path';
import { stat } from '../host/files.ts';
import { readTrusted } from '../host/trusted-file.ts';
import { walkProblem } from '../host/walk-path.ts';
import type { KindTable } from '../kinds/contract.ts';
import { touchesOf } from '../kinds/touches.ts';
import type { Declared } from '../manifest/declared.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Failure } from '../model/failure.ts';
import { type Def, type KeyText, keyOf, keyText, type ResourceKey } from '../model/resource.ts';
import { decodePolicy } from '../policy/decode.ts';
import { rootsOf } from '../policy/grants.ts';
import {
  Judgements,
  judgeSource,
  judgeTouches,
  type Violation,
  violationDiagnostic,
} from '../policy/judge.ts';
import { isBelow } from '../policy/pattern.ts';
import type { BuiltIn, Policy, Rules } from '../policy/policy.ts';
import { overQuota } from '../policy/quota.ts';
import { rulesFor } from '../policy/rules-for.ts';
import type { ResourceRecord } from '../state/records.ts';

export interface PolicyWallOptions {
  readonly file: string;
  /** Somebody named the file: it has to be there. */
  readonly required: boolean;
  readonly kinds: KindTable;
  ownPaths(key: ResourceKey): readonly string[];
  ownerOf(key: KeyText): string | undefined;
  isHere(key: KeyText): boolean;
  /** All that is defined on this host. */
  accepted(): Iterable<Pick<ResourceRecord, 'key' | 'def' | 'origin'>>;
}

export interface Verdicts {
  readonly forbidden: ReadonlyMap<KeyText, string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The policy of this host, as it is now, between sources and what is done. */
export class PolicyWall {
  readonly #options: PolicyWallOptions;
  readonly #trust = new Map<string, BuiltIn>();
  readonly #prefixes = new Map<string, string>();
  /** What the present policy has said so far, by source. */
  readonly #judgements = new Map<string, Judgements>();
  #text: string | undefined;
  #policy: Policy | undefined;

  private constructor(options: PolicyWallOptions) {
    this.#options = options;
  }

  /** Throws when there is a policy and it cannot be trusted or understood: then nothing is known of what is granted. */
  static async open(options: PolicyWallOptions): Promise<PolicyWall> {
    const wall = new PolicyWall(options);
    await wall.reload();
    return wall;
  }

  /**
   * Reads the file again, and whose the watched directories are. True: something may be judged otherwise now. Throws as
   * `open`; then the policy of before holds on.
   */
  async reload(): Promise<boolean> {
    const { file, required } = this.#options;
    let changed = false;
    for (const directory of this.#trust.keys()) changed = (await this.#lookAt(directory)) || changed;
    const text = await readTrusted(file);
    if (text === undefined && required)
      throw new Failure('policy-invalid', `there is no ${file}`, { retry: 'never' });
    if (text === this.#text) return changed;
    this.#policy = text === undefined ? undefined : readPolicy(file, text);
    this.#text = text;
    this.#judgements.clear();
    return true;
  }

  /** A source that is watched. A directory is the `operator`'s only when nobody but root (or we) can write there. */
  async watch(directory: string, namePrefix?: string): Promise<void> {
    if (namePrefix !== undefined) this.#prefixes.set(directory, namePrefix);
    if (!isAbsolute(directory)) return;
    const { file } = this.#options;
    if (this.#text !== undefined && isBelow(resolve(file), directory))
      throw new Failure('policy-invalid', `${file} lies in the source that it is to judge`, {
        retry: 'never',
        suggestion: 'keep the policy where no spec can come',
      });
    this.#trust.set(directory, 'tenant');
    await this.#lookAt(directory);
  }

  /** True: it is somebody else's than before. While it is not there, what was known holds. */
  async #lookAt(directory: string): Promise<boolean> {
    const facts = await stat(directory).catch(() => undefined);
    if (!facts) return false;
    const own = process.getuid?.() !== 0 || (facts.uid === 0 && (facts.mode & 0o022) === 0);
    const trust = own ? 'operator' : 'tenant';
    const changed = this.#trust.get(directory) !== trust;
    this.#trust.set(directory, trust);
    if (changed) this.#judgements.delete(directory);
    return changed;
  }

  /** What others push is a tenant's; what a person names at the command line is the operator's. */
  trustOf(origin: string): BuiltIn {
    return this.#trust.get(origin) ?? (/^[a-z+]+:\/\//.test(origin) ? 'tenant' : 'operator');
  }

  /** What may not be, by key in words, and where it stands. */
  judge(origin: string, declared: ReadonlyMap<KeyText, Declared>): Verdicts {
    const forbidden = new Map<KeyText, string>();
    const diagnostics: Diagnostic[] = [];
    for (const [text, violations] of this.#violations(origin, declared)) {
      const [first, ...more] = violations;
      forbidden.set(text, `${first?.message}${more.length > 0 ? `, and ${more.length} more` : ''}`);
      const item = declared.get(text);
      if (item) diagnostics.push(...violations.map((violation) => violationDiagnostic(violation, item)));
    }
    return { forbidden, diagnostics };
  }

  /** The last look before something is done: the completed definition, and the paths as they are on the disk now. */
  async guard(origin: string, def: Def, file: string): Promise<void> {
    const { kinds, ownPaths } = this.#options;
    const key = keyOf(def);
    const rules = rulesFor(this.#policy, { origin, trust: this.trustOf(origin) }, inside(origin, file));
    const own = new Set(ownPaths(key));
    const touches = touchesOf(def, kinds[key.kind].touches);
    // Names of other resources were judged where they are declared.
    const isOwn = ({ reach, value }: { reach: string; value: string }) =>
      reach === 'volume' || reach === 'secret' || own.has(value);
    const [violation] = judgeTouches(touches, rules, isOwn);
    if (violation) throw refusal(key, violation.message, violation.suggestion);
    const over = this.#overQuota(origin, rules).get(keyText(key));
    if (over) throw refusal(key, over.message, over.suggestion);
    if (rules.base === 'operator') return;
    for (const { reach, value, writes = false } of touches) {
      const root = rootsOf(reach, rules)?.find((granted) => value === granted || isBelow(value, granted));
      const problem = root === undefined ? undefined : await walkProblem(value, root, writes);
      if (problem)
        throw refusal(key, problem, 'name the file itself, in a directory that only root may write');
    }
  }

  /** For a person's order without the source: what is defined counts. Where the source is read, it was judged there. */
  #overQuota(origin: string, rules: Rules): ReadonlyMap<KeyText, Violation> {
    const { name, quota } = rules;
    const source = { origin, trust: this.trustOf(origin) };
    const rulesOf = (file = '') => rulesFor(this.#policy, source, inside(origin, file));
    if (quota === undefined || this.#judgements.has(origin)) return new Map();
    const members = [...this.#options.accepted()]
      .filter((one) => one.origin.source === origin && rulesOf(one.origin.file).name === name)
      .map(({ key, def }) => ({ key, def, position: { line: 1, column: 1 } }));
    return overQuota(members, rules, () => true);
  }

  #prefixOf(origin: string): { readonly namePrefix?: string } {
    const namePrefix = this.#prefixes.get(origin);
    return namePrefix === undefined ? {} : { namePrefix };
  }

  #violations(
    origin: string,
    declared: ReadonlyMap<KeyText, Declared>,
  ): ReadonlyMap<KeyText, readonly Violation[]> {
    const { ownPaths, ownerOf, isHere } = this.#options;
    const known = this.#judgements.get(origin) ?? new Judgements();
    this.#judgements.set(origin, known);
    return judgeSource(
      {
        policy: this.#policy,
        source: { origin, trust: this.trustOf(origin), ...this.#prefixOf(origin) },
        declared,
        inside: (file) => inside(origin, file),
        ownPaths,
        ownerOf,
        isHere,
      },
      known,
    );
  }
}

/** The policy of a text; throws with the first mistake and its place. */
export function readPolicy(file: string, text: string): Policy {
  const { policy, diagnostics } = decodePolicy({ path: file, text });
  if (policy) return policy;
  const [first] = diagnostics;
  throw new Failure('policy-invalid', `${file}:${first?.line}:${first?.column}: ${first?.message}`, {
    retry: 'never',
    ...(first?.suggestion ? { suggestion: first.suggestion } : {}),
  });
}

function refusal(key: ResourceKey, message: string, suggestion: string): Failure {
  return new Failure('policy-violation', `${keyText(key)}: ${message}`, {
    retry: { after: 60_000 },
    suggestion,
  });
}

/** Files of a directory are shown as people see them from here; a policy speaks of the directory's own tree. */
function inside(origin: string, file: string): string {
  if (!isAbsolute(origin)) return file;
  const below = relative(origin, resolve(file));
  return below.startsWith('..') ? file : below;
}
