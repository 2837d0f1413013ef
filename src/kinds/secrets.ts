import type { Problem } from '../model/diagnostic.ts';
import { secretForm } from './secret-forms.ts';

/** Names of fields that hold what nobody else should know. */
const secretName =
  /^(pass(wd|word|phrase)?|.*(Password|Passwd|Passphrase|Secret|Token)|secret|token|.*(private|api|access|preshared)[-_]?key)$/i;
/** Names that only name a secret, or say something about it. */
const reference = /((ref|name|file|uuid|usage|type|id|policy|validity)|(key|password)-secret)$/i;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Plain secrets in a definition: whoever can read the repository can read them. */
export function secretProblems(def: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  visit(def, '', '', (text, path, name) => {
    const named = isSecret(name, text) ? `the value of ${name}` : undefined;
    const what = secretForm(text) ?? named;
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
    return (isSecret(name, value) || secretForm(value) !== undefined ? '***' : value) as T;
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item as unknown, name)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      withoutSecrets(item as unknown, nameOf(key, name, value)),
    ]),
  ) as T;
}

function isSecret(name: string, text: string): boolean {
  return text !== '' && secretName.test(name) && !reference.test(name) && !uuid.test(text);
}

/** A pair of name and value: the value goes by that name. Whatever a cookie is called, it lets somebody in. */
function nameOf(key: string, parent: string, owner: object): string {
  const { name } = owner as { readonly name?: unknown };
  if (key === 'value' && typeof name === 'string') return name;
  return parent === 'cookies' ? 'token' : key;
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
      visit(item, path === '' ? key : `${path}.${key}`, nameOf(key, name, value), see);
}
