import { relative, resolve } from 'node:path';
import type { Declared } from '../manifest/declared.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { KeyText } from '../model/resource.ts';
import { judgeSource, violationDiagnostic } from '../policy/judge.ts';
import type { BuiltIn, Policy } from '../policy/policy.ts';

/** What a policy has against these specs, without a host: nothing is there yet, and the state directory is the usual one. */
export function judged(
  declared: ReadonlyMap<KeyText, Declared>,
  policy: Policy | undefined,
  { origin, trust, root }: { readonly origin: string; readonly trust: BuiltIn; readonly root: string },
): readonly Diagnostic[] {
  const verdicts = judgeSource({
    policy,
    source: { origin, trust },
    declared,
    inside: (file) => relative(root, resolve(file)),
    ownPaths: ({ kind, name }) =>
      kind === 'Volume'
        ? [`/var/lib/qonverge/volumes/${name}.raw`, `/var/lib/qonverge/volumes/${name}.qcow2`]
        : [`/var/lib/qonverge/nvram/${name}.fd`],
    ownerOf: () => undefined,
    isHere: () => false,
  });
  return [...verdicts].flatMap(([text, violations]) => {
    const item = declared.get(text);
    return item ? violations.map((violation) => violationDiagnostic(violation, item)) : [];
  });
}
