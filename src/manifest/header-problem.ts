import { nearest } from '../kinds/shape/nearest.ts';
import type { Problem } from '../model/diagnostic.ts';
import { apiVersion } from '../model/resource.ts';
import { overlayFile } from './compose/overlay.ts';

type Found = Omit<Problem, 'path'> & { readonly path?: string };

/** Kinds of files that are no specs, and who reads them. */
const readElsewhere: Readonly<Record<string, string>> = {
  Policy: 'it belongs to the host, outside of every source: /etc/qonverge/policy.yaml',
  Config: 'it belongs to the host: `qonverge watch --config FILE` reads it',
};

/** What is wrong with a document before its kind is read: it is no map, of another version, an overlay elsewhere. */
export function headerProblem(value: unknown, file: string): Found | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return {
      code: 'root-not-a-map',
      message: 'a document must be a map with apiVersion, kind, metadata and spec',
    };
  const { apiVersion: version, kind } = value as Readonly<Record<string, unknown>>;
  if (version !== apiVersion)
    return {
      code: version === undefined ? 'missing-field' : 'unknown-api-version',
      message:
        version === undefined ? 'apiVersion is missing' : `unknown apiVersion ${JSON.stringify(version)}`,
      path: 'apiVersion',
      suggestion: `write apiVersion: ${apiVersion}`,
    };
  if (isOverlayFile(file) !== (kind === 'Overlay'))
    return {
      code: 'unknown-kind',
      message: `kind: Overlay stands in ${overlayFile}, and nothing else does`,
      path: 'kind',
      suggestion: kind === 'Overlay' ? `call this file ${overlayFile}` : 'give this file another name',
    };
  return undefined;
}

/** A kind that nobody reads here. `kinds`: those of resources. */
export function kindProblem(kind: unknown, kinds: readonly string[]): Found {
  const known = [...kinds, 'DomainClass', 'Values', 'Overlay', 'Test'];
  const name = typeof kind === 'string' ? kind : '';
  const elsewhere = Object.hasOwn(readElsewhere, name) ? readElsewhere[name] : undefined;
  const near = name === '' ? undefined : nearest(name, known);
  return {
    code: kind === undefined ? 'missing-field' : 'unknown-kind',
    message: kind === undefined ? 'kind is missing' : `unknown kind ${JSON.stringify(kind)}`,
    path: 'kind',
    suggestion: elsewhere ?? (near ? `did you mean ${near}?` : `known kinds: ${known.join(', ')}`),
  };
}

function isOverlayFile(path: string): boolean {
  return path === overlayFile || path.endsWith(`/${overlayFile}`);
}
