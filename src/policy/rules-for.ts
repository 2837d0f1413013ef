import { builtIns } from './built-in.ts';
import { matches } from './pattern.ts';
import type { BuiltIn, Grants, Policy, PolicyEntry, Rules } from './policy.ts';

/**
 * While no policy was written, the person at the host has named each source by hand: guests of a first repository get the
 * plain user network, though it reaches the host's loopback.
 */
const beforeAnyPolicy: Readonly<Record<BuiltIn, Grants>> = {
  operator: {},
  tenant: { resources: [...builtIns.tenant.resources, 'host-loopback'] },
};

/** What holds for specs of a source, and for one file of it: the first entry that fits, else the built-in policy. */
export function rulesFor(
  policy: Policy | undefined,
  source: { readonly origin: string; readonly trust: BuiltIn },
  file: string,
): Rules {
  return rulesOfEntry(policy, source.trust, entryFor(policy, source.origin, file));
}

/** The first entry that fits; -1: none does. */
export function entryFor(policy: Policy | undefined, origin: string, file: string): number {
  return policy?.entries.findIndex((entry) => fits(entry, origin, file)) ?? -1;
}

export function rulesOfEntry(policy: Policy | undefined, trust: BuiltIn, at: number): Rules {
  const entry = policy?.entries[at];
  if (!policy || !entry) {
    const words = `the built-in policy \`${trust}\``;
    const grants = policy ? builtIns[trust] : { ...builtIns[trust], ...beforeAnyPolicy[trust] };
    return { ...grants, name: trust, base: trust, origin: () => ({ words }) };
  }
  const base = entry.base ?? 'tenant';
  const given: Grants = { ...entry };
  return {
    ...builtIns[base],
    ...given,
    paths: { ...builtIns[base].paths, ...entry.paths },
    devices: { ...builtIns[base].devices, ...entry.devices },
    name: entry.source,
    base,
    origin: (field) => {
      const { line } = policy.locate(`sources[${at}].${field}`);
      return { words: `${policy.file}:${line}`, file: policy.file, line };
    },
  };
}

function fits({ source, path }: PolicyEntry, origin: string, file: string): boolean {
  if (!matches(origin, source)) return false;
  return path === undefined || below(file, path);
}

/** A file of the source below one of its directories; the root of the source has no name of its own. */
function below(file: string, directory: string): boolean {
  const prefix = directory.replace(/^\.?\/+|\/+$/g, '');
  return prefix === '' || prefix === '.' || file.startsWith(`${prefix}/`);
}
