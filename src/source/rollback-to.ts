import type { KindTable } from '../kinds/contract.ts';
import { decodeFile } from '../manifest/decode.ts';
import { Failure } from '../model/failure.ts';
import type { KeyText } from '../model/resource.ts';
import type { Commit, SourcePast } from './contract.ts';

export interface RollbackTo {
  readonly file: string;
  readonly to: Commit;
  /** What else the file declares: it goes back as well. */
  readonly others: readonly KeyText[];
}

/** The commit at which a resource's file goes back: the named one, or the one before its last change. */
export async function rollbackTo(
  past: SourcePast,
  file: string,
  key: KeyText,
  kinds: KindTable,
  named?: string,
): Promise<RollbackTo> {
  const refuse = (
    message: string,
    suggestion = `qonverge history ${key} and git log -- ${file} show what there was`,
  ) => new Failure('refused', message, { retry: 'never', suggestion });
  const to = named === undefined ? (await past.changes(file, 2))[1] : await past.resolve(named);
  if (!to)
    throw named === undefined
      ? refuse(`${file} has no commit before the one that made it`)
      : refuse(`there is no commit ${named.slice(0, 80)}`);
  const [now, then] = [await past.text(file), await past.text(file, to.id)];
  const short = to.id.slice(0, 12);
  if (then === undefined) throw refuse(`there is no ${file} at ${short}`);
  if (then === now) throw refuse(`${file} is the same at ${short}`);
  const before = decodeFile({ path: file, text: then }, kinds);
  if (!before.mentioned.includes(key)) throw refuse(`${file} does not declare ${key} at ${short}`);
  const present = now === undefined ? [] : decodeFile({ path: file, text: now }, kinds).mentioned;
  const others = [...new Set([...before.mentioned, ...present])].filter((other) => other !== key);
  return { file, to, others };
}

/** What a person types to have it so. Git is the truth: nothing is done behind it. */
export function rollbackCommands(
  { file, to }: RollbackTo,
  key: KeyText,
  { top, branch }: { readonly top?: string; readonly branch?: string } = {},
): readonly string[] {
  const git = top === undefined ? 'git' : `git -C ${quoted(top)}`;
  return [
    `${git} checkout ${to.id} -- ${quoted(file)}`,
    `${git} commit -m ${quoted(`Roll ${key} back to ${to.id.slice(0, 12)}`)}`,
    ...(branch === undefined ? [] : [`${git} push origin HEAD:${quoted(branch)}`]),
  ];
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_./+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
