import type { Problem } from '../model/diagnostic.ts';

/** Names of fields that hold what nobody else should know. */
const secretName =
  /^(pass(wd|word|phrase)?|.*(Password|Passwd|Passphrase|Secret|Token)|secret|token|private-?key|api-?key)$/i;
/** Names that only name a secret, or say something about it. */
const reference = /(ref|name|file|uuid|usage|type|id|policy|validity)$/i;
/** Forms that are secrets wherever they stand. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an access key of AWS'],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b/, 'a token of GitHub'],
  [/\bglpat-[A-Za-z0-9_-]{20,}\b/, 'a token of GitLab'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/, 'a JSON web token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i, 'a password in a URL'],
  [/(^|\s)(pass(word|wd)?|secret|token|psk)=\S+/i, 'a password'],
  [/\$(1|5|6|y|2[aby])\$[^\s$]*\$?[^\s]{8,}/, 'a hash of a password'],
];

/** Plain secrets in a definition: whoever can read the repository can read them. */
export function secretProblems(def: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  visit(def, '', '', (text, path, name) => {
    const form = forms.find(([pattern]) => pattern.test(text))?.[1];
    const named = isSecretName(name) && text !== '' ? `the value of ${name}` : undefined;
    const what = form ?? named;
    if (what === undefined) return;
    problems.push({
      severity: 'warning',
      code: 'plain-secret',
      path,
      message: `${what} stands here for everybody to read`,
      suggestion: 'change it, and refer to a secret that only the host knows',
    });
  });
  return problems;
}

/** The same, with nothing in it that must not leave the host. */
export function withoutSecrets<T>(value: T, name = ''): T {
  if (typeof value === 'string') {
    if (value === '') return value;
    const secret = isSecretName(name) || forms.some(([pattern]) => pattern.test(value));
    return (secret ? '***' : value) as T;
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item as unknown, name)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item as unknown, key)]),
  ) as T;
}

function isSecretName(name: string): boolean {
  return secretName.test(name) && !reference.test(name);
}

function visit(
  value: unknown,
  path: string,
  name: string,
  see: (text: string, path: string, name: string) => void,
): void {
  if (typeof value === 'string') see(value, path, name);
  else if (Array.isArray(value))
    for (const [at, item] of value.entries()) visit(item as unknown, `${path}[${at}]`, name, see);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value))
      visit(item, path === '' ? key : `${path}.${key}`, key, see);
}
