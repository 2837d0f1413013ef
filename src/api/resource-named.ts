import { nearest } from '../kinds/shape/nearest.ts';
import { Failure } from '../model/failure.ts';
import { type KeyText, type Kind, keyText, type ResourceKey } from '../model/resource.ts';
import type { Host } from './contract.ts';

/** The key behind `web-1`, `Domain/web-1` or `volume/data`. */
export function keyNamed(host: Host, words: string): ResourceKey {
  const [head, ...rest] = words.split('/');
  const kind = kindNamed(host, head ?? '');
  return kind && rest.length > 0 ? { kind, name: rest.join('/') } : { kind: 'Domain', name: words };
}

/** As `keyNamed`; fails when there is none. */
export function resourceNamed(host: Host, words: string): ResourceKey {
  const key = keyNamed(host, words);
  if (host.controller.has(key)) return key;
  const problem = host.controller.problemOf(keyText(key));
  if (problem !== undefined)
    throw new Failure('refused', `no good spec of ${keyText(key)} was ever seen: ${problem}`, {
      retry: 'never',
      suggestion: 'mend it there: it is accepted as soon as it is good',
    });
  const near = nearKey(key, host.controller.keys());
  throw new Failure('not-found', `there is no ${keyText(key)}`, {
    retry: 'never',
    suggestion: near ? `did you mean ${near}?` : 'qonverge status lists what there is',
  });
}

/** Of another kind with this very name, or with a name that is nearly this. */
function nearKey({ kind, name }: ResourceKey, all: readonly KeyText[]): string | undefined {
  const own = all.filter((text) => text.startsWith(`${kind}/`)).map((text) => text.slice(kind.length + 1));
  return all.find((text) => text.endsWith(`/${name}`)) ?? nearest(name, own);
}

export function domainNamed(host: Host, words: string): ResourceKey<'Domain'> {
  const key = resourceNamed(host, words);
  if (key.kind === 'Domain') return key as ResourceKey<'Domain'>;
  throw new Failure('refused', `${keyText(key)} is no domain`, { retry: 'never' });
}

export function kindNamed(host: Host, word: string): Kind | undefined {
  return (Object.keys(host.kinds) as Kind[]).find((name) => name.toLowerCase() === word.toLowerCase());
}
