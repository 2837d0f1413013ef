import { secretForm } from '../kinds/secret-forms.ts';
import type { Declared } from '../manifest/declared.ts';
import type { Diagnostic, DiagnosticCode, Position } from '../model/diagnostic.ts';
import { type KeyText, keyText, type ResourceKey } from '../model/resource.ts';
import type { Touch } from '../model/touch.ts';
import { fieldOf, isGranted } from './grants.ts';
import { matches } from './pattern.ts';
import type { BuiltIn, Policy, Rules } from './policy.ts';
import { overQuota } from './quota.ts';
import { entryFor, rulesOfEntry } from './rules-for.ts';

/** What a spec may not do, and which line of which policy says so. */
export interface Violation {
  readonly code: Extract<DiagnosticCode, 'policy-violation' | 'quota-exceeded'>;
  readonly path: string;
  readonly position?: Position;
  readonly message: string;
  readonly suggestion: string;
}

export interface JudgedSource {
  readonly origin: string;
  readonly trust: BuiltIn;
  /** What the daemon's configuration says that its names begin with. */
  readonly namePrefix?: string;
}

export interface JudgeInput {
  readonly policy: Policy | undefined;
  readonly source: JudgedSource;
  readonly declared: ReadonlyMap<KeyText, Declared>;
  /** The path of a file inside its source. */
  inside(file: string): string;
  /** Paths that this host assigns to a resource by itself: `<state dir>/volumes/web-1.raw`. */
  ownPaths(key: ResourceKey): readonly string[];
  /** The source that it was accepted from, also when it is gone and left things behind; undefined: it is new. */
  ownerOf(key: KeyText): string | undefined;
  isHere(key: KeyText): boolean;
}

/** A judgement, and what it stands on beside the policy. */
interface Judged {
  readonly declared: Declared;
  /** The other source that it belongs to. */
  readonly owner: string | undefined;
  /** Volumes that it names, and whether its source declares them. */
  readonly volumes: readonly (readonly [KeyText, boolean])[];
  readonly rules: Rules;
  readonly violations: readonly Violation[];
}

/** What one policy has said of the specs of one source so far. */
export class Judgements {
  readonly #rules = new Map<number, Rules>();
  readonly #judged = new Map<KeyText, Judged>();

  /** What was judged before, and stands on the same as then, is not judged again. */
  of(text: KeyText, declared: Declared, input: JudgeInput): Judged {
    const owner = otherOwnerOf(text, input);
    const known = this.#judged.get(text);
    if (known?.declared === declared && known.owner === owner && hasSameVolumes(known, input)) return known;
    const rules = this.#rulesFor(declared, input);
    const volumes = declared.touches
      .filter(({ reach }) => reach === 'volume')
      .map(({ value }) => keyText({ kind: 'Volume', name: value }))
      .map((volume) => [volume, input.declared.has(volume)] as const);
    const violations = judgeOne(declared, owner, rules, input);
    const judged = { declared, owner, volumes: volumes.length > 0 ? volumes : none, rules, violations };
    this.#judged.set(text, judged);
    return judged;
  }

  /** Forgets what is no longer declared, when it has become more than what is. */
  tidy(declared: JudgeInput['declared']): void {
    if (this.#judged.size <= 2 * declared.size) return;
    for (const text of this.#judged.keys()) if (!declared.has(text)) this.#judged.delete(text);
  }

  #rulesFor({ file }: Declared, { policy, source, inside }: JudgeInput): Rules {
    const at = policy ? entryFor(policy, source.origin, inside(file)) : -1;
    const rules = this.#rules.get(at) ?? rulesOfEntry(policy, source.trust, at);
    this.#rules.set(at, rules);
    return rules;
  }
}

const none: readonly never[] = [];

/** That it was accepted from this source meanwhile changes nothing: what was just loaded is not judged again. */
function otherOwnerOf(text: KeyText, { ownerOf, source }: JudgeInput): string | undefined {
  const owner = ownerOf(text);
  return owner === source.origin ? undefined : owner;
}

function hasSameVolumes({ volumes }: Judged, { declared }: JudgeInput): boolean {
  return volumes.every(([text, isDeclared]) => declared.has(text) === isDeclared);
}

/** Judges everything that a source declares. `known`: of the same policy and source. */
export function judgeSource(
  input: JudgeInput,
  known = new Judgements(),
): ReadonlyMap<KeyText, readonly Violation[]> {
  const found = new Map<KeyText, readonly Violation[]>();
  const groups = new Map<string, { rules: Rules; members: Declared[] }>();
  for (const [text, declared] of input.declared) {
    const { rules, violations } = known.of(text, declared, input);
    if (violations.length > 0) found.set(text, violations);
    if (rules.quota === undefined) continue;
    const group = groups.get(rules.name) ?? { rules, members: [] };
    group.members.push(declared);
    groups.set(rules.name, group);
  }
  for (const { rules, members } of groups.values())
    for (const [text, violation] of overQuota(members, rules, ({ key }) => input.isHere(keyText(key))))
      found.set(text, [...(found.get(text) ?? []), violation]);
  known.tidy(input.declared);
  return found;
}

function judgeOne(
  declared: Declared,
  owner: string | undefined,
  rules: Rules,
  input: JudgeInput,
): readonly Violation[] {
  const { key, position, touches } = declared;
  const found: Violation[] = [];
  const refuse = (field: string, path: string, message: string, suggestion: string) =>
    found.push({
      code: 'policy-violation',
      path,
      position,
      message: `${message} (${rules.origin(field).words})`,
      suggestion,
    });
  if (!(rules.kinds ?? []).some((pattern) => matches(key.kind, pattern)))
    refuse('kinds', 'kind', `this source may not declare a ${key.kind}`, `ask for ${key.kind} in its kinds`);
  if (rules.namePrefix !== undefined && !key.name.startsWith(rules.namePrefix))
    refuse(
      'namePrefix',
      'metadata.name',
      `names of this source begin with ${rules.namePrefix}`,
      `write ${rules.namePrefix}${key.name}`,
    );
  const { namePrefix } = input.source;
  if (namePrefix !== undefined && !key.name.startsWith(namePrefix))
    refuse(
      '',
      'metadata.name',
      `the configuration of this source wants ${namePrefix} before each name`,
      `write ${namePrefix}${key.name}`,
    );
  if (owner !== undefined && !mayAdopt(owner, input.source.origin, rules))
    refuse(
      'adopts',
      'metadata.name',
      input.isHere(keyText(key))
        ? `${keyText(key)} belongs to ${owner}`
        : `${keyText(key)} was of ${owner}, and what it left behind still is`,
      'give it another name, or ask for that source in adopts',
    );
  const own = new Set(input.ownPaths(key));
  const isOwn = ({ reach, value }: Touch) =>
    own.has(value) || (reach === 'volume' && input.declared.has(keyText({ kind: 'Volume', name: value })));
  found.push(...judgeTouches(touches, rules, isOwn));
  return found.length > 0 ? found : none;
}

/** What stands before `#` is the repository: whoever may push to it may push to each of its branches. */
function mayAdopt(owner: string, origin: string, { adopts = [] }: Rules): boolean {
  const repository = (source: string) => source.split('#')[0];
  return repository(owner) === repository(origin) || adopts.some((pattern) => matches(owner, pattern));
}

/** What of these touches the rules do not grant. */
export function judgeTouches(
  touches: readonly (Touch & { readonly position?: Position })[],
  rules: Rules,
  isOwn: (touch: Touch) => boolean,
): readonly Violation[] {
  return touches.flatMap((touch): Violation[] => {
    if (isGranted(touch, rules) || isOwn(touch)) return [];
    const { reach, path, value, position } = touch;
    const field = reach === 'unlisted' ? '' : fieldOf(reach);
    const told = secretForm(value) === undefined ? value : '***';
    const shown = told.length > 200 ? `${told.slice(0, 200)}…` : told;
    const message =
      reach === 'unlisted'
        ? `${shown} is nothing that a source may be granted yet (${rules.origin('').words})`
        : `${words[reach] ?? reach} ${shown} is not in ${field} (${rules.origin(field).words})`;
    return [
      {
        code: 'policy-violation',
        path,
        message,
        suggestion: wayOut(touch, field, rules),
        ...(position ? { position } : {}),
      },
    ];
  });
}

const words: Partial<Readonly<Record<Touch['reach'], string>>> = {
  iso: 'image',
  log: 'file',
  nvram: 'image',
  'char-device': 'device',
  'block-device': 'device',
  'qemu-argument': 'QEMU argument',
  listen: 'listening on',
  connect: 'connecting to',
  machine: 'machine type',
  resource: 'the use of',
  volume: 'a volume of another source:',
};

function wayOut({ reach, value }: Touch, field: string, rules: Rules): string {
  const asked = asksFor(reach, field, rules);
  return value === 'host-loopback' ? `write backend: {type: passt, hostLoopback: false}, or ${asked}` : asked;
}

function asksFor(reach: Touch['reach'], field: string, rules: Rules): string {
  if (reach === 'unlisted') return 'remove it, or give this source `base: operator` in the policy';
  if (reach === 'image' || reach === 'nvram') return `declare a Volume, or ask for its directory in ${field}`;
  if (reach === 'volume') return 'declare it in this source, or ask for its name in volumes';
  return rules.origin(field).file === undefined
    ? `ask for it in ${field} of an entry for this source in /etc/qonverge/policy.yaml`
    : `ask for it in ${field}`;
}

/** As everything else that is wrong with a spec. */
export function violationDiagnostic(violation: Violation, declared: Declared): Diagnostic {
  const { code, path, message, suggestion } = violation;
  return {
    severity: 'error',
    code,
    message: `${keyText(declared.key)}: ${message}`,
    file: declared.file,
    ...(violation.position ?? declared.position),
    path,
    suggestion,
  };
}
