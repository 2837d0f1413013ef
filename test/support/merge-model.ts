import type { KindRules, KindTable } from '../../src/kinds/contract.ts';
import type { Declared } from '../../src/manifest/declared.ts';
import type { Diagnostic, DiagnosticCode } from '../../src/model/diagnostic.ts';
import { type KeyText, type Kind, keyText } from '../../src/model/resource.ts';
import type { MergeFile } from '../../src/source/merge.ts';

const claimCodes: Readonly<Record<string, DiagnosticCode>> = {
  uuid: 'duplicate-uuid',
  mac: 'duplicate-mac',
  disk: 'shared-disk',
};

/** What the merge of these files is, reckoned from all of them, plainly, with no memory: the judge of the one that remembers. */
export function mergeModel(files: readonly MergeFile[], kinds: KindTable) {
  const rulesOf = (kind: Kind) => kinds[kind] as unknown as KindRules<Kind>;
  const diagnostics: Diagnostic[] = files.flatMap(({ decoded }) => decoded.diagnostics);
  const problems = new Map<KeyText, string>();
  const declared = new Map<KeyText, Declared>();
  const places = new Map<KeyText, Declared[]>();
  let bad = false;

  const report = (
    found: Declared,
    code: DiagnosticCode,
    message: string,
    path: string,
    suggestion?: string,
  ) => {
    bad = true;
    const at = [...found.touches, ...(found.places ?? [])].find((placed) => placed.path === path);
    const { position } = at ?? found;
    problems.set(keyText(found.key), `${found.file}:${position.line}: ${message}`);
    diagnostics.push({
      severity: 'error',
      code,
      message,
      file: found.file,
      ...position,
      path,
      ...(suggestion ? { suggestion } : {}),
    });
  };

  for (const { decoded, lastGood = [] } of files) {
    const errors = decoded.diagnostics.filter(({ severity }) => severity === 'error');
    // A misspelled field is also a missing one: the word that stands there says more.
    const first = errors.find(({ code }) => code !== 'missing-field') ?? errors[0];
    const present = first ? lastGood : decoded.declared;
    if (first) {
      bad = true;
      const where = `${first.file}:${first.line}:${first.column}: ${first.message}`;
      for (const key of [...decoded.mentioned, ...lastGood.map(({ key }) => keyText(key))])
        problems.set(key, where);
    }
    for (const item of present) {
      const text = keyText(item.key);
      places.set(text, [...(places.get(text) ?? []), item]);
    }
  }
  const ordered = [...places].sort(([a], [b]) => (a < b ? -1 : 1));
  const owners = new Map<string, { declared: Declared; shared: boolean }>();
  for (const [text, found] of ordered) {
    const [only] = found;
    if (!only) continue;
    if (found.length > 1) {
      for (const item of found) {
        const others = found
          .filter((other) => other !== item)
          .map(({ file, position }) => `${file}:${position.line}`);
        report(
          item,
          'duplicate-resource',
          `${text} is declared in ${others.join(', ')} as well`,
          'metadata.name',
          'keep one of them',
        );
      }
      continue;
    }
    const conflict = (rulesOf(only.key.kind).claims?.(only.def) ?? []).find(
      ({ what, value, shared = false, path }) => {
        const owner = owners.get(`${what} ${value}`);
        if (!owner || owner.declared === only || (owner.shared && shared)) return false;
        const suggestion =
          what === 'disk'
            ? 'mark it readonly or shareable in both, or give each its own'
            : `give it another ${what}`;
        report(
          only,
          claimCodes[what] ?? 'duplicate-uuid',
          `${what} ${value} belongs to ${keyText(owner.declared.key)} (${owner.declared.file})`,
          path,
          suggestion,
        );
        return true;
      },
    );
    if (conflict) continue;
    for (const { what, value, shared = false } of rulesOf(only.key.kind).claims?.(only.def) ?? [])
      owners.set(`${what} ${value}`, { declared: only, shared });
    declared.set(text, only);
  }
  return { declared, problems, diagnostics, bad };
}
