import { locateFields } from '../../manifest/locate-fields.ts';
import { Failure } from '../../model/failure.ts';
import type { HistoryRow } from '../../model/history.ts';
import type { Change, Held } from '../../model/plan.ts';
import { keyText } from '../../model/resource.ts';
import type { ResourceStatus } from '../../model/status.ts';
import type { Commit } from '../../source/contract.ts';
import { rollbackCommands, rollbackTo } from '../../source/rollback-to.ts';
import { type Host, operation } from '../contract.ts';
import { optionalText, text } from '../input.ts';
import { keyNamed } from '../resource-named.ts';

/** A field that is not as its spec has it, and who wrote what the spec says. */
export interface WhyField extends Change {
  readonly state: 'pending' | 'drift' | 'open';
  readonly line?: number;
  readonly blame?: Commit;
}

/** From the spec to the state: each link of the chain, as far as it is known. */
export interface Why {
  readonly key: string;
  readonly status: ResourceStatus;
  readonly spec?: {
    readonly source: string;
    readonly file?: string;
    readonly line?: number;
    /** The commit that the source stands at, and the last one that changed the file. */
    readonly commit?: Commit;
    readonly changed?: Commit;
  };
  readonly problem?: string;
  readonly fields: readonly WhyField[];
  readonly held: readonly Pick<Held, 'reason' | 'message' | 'impact' | 'actions'>[];
  readonly last?: HistoryRow;
}

/** Fields looked up in the history of their file. */
const mostBlamed = 30;

export const why = operation({
  name: 'why',
  permission: 'read',
  input: { name: text() },
  async run(host, { name }): Promise<Why> {
    const key = keyNamed(host, name);
    const status = host.controller.statusOf(key);
    if (!status)
      throw new Failure('not-found', `there is no ${keyText(key)}`, {
        retry: 'never',
        suggestion: `qonverge history ${keyText(key)} says whether there was one`,
      });
    const entry = host.controller.entry(keyText(key));
    const spec = await specOf(host, keyText(key));
    const held = (entry?.held ?? []).map(({ reason, message, impact, actions }) => ({
      reason,
      message,
      impact,
      actions,
    }));
    const [last] = host.history.of(keyText(key), 1);
    const problem = host.controller.problemOf(keyText(key));
    return {
      key: keyText(key),
      status,
      ...(spec ? { spec } : {}),
      ...(problem === undefined ? {} : { problem }),
      fields: await fieldsOf(host, keyText(key), status),
      held,
      ...(last ? { last } : {}),
    };
  },
});

export const rollback = operation({
  name: 'rollback',
  permission: 'read',
  input: { name: text(), to: optionalText() },
  async run(host, { name, to }) {
    const key = keyText(keyNamed(host, name));
    const { source, file } = placeOf(host, key);
    if (source === undefined || file === undefined)
      throw new Failure('not-found', `no spec of ${key} is known`, { retry: 'never' });
    const past = host.source?.(source)?.past?.();
    // A directory's past is the asker's own affair.
    if (!past) return { key, source, file };
    const found = await rollbackTo(past, file, key, host.kinds, to);
    const branch = source.match(/#(.*):/)?.[1];
    const commands = rollbackCommands(found, key, branch === undefined ? {} : { branch });
    return { key, source, ...found, commands };
  },
});

interface SpecPlace {
  readonly source?: string;
  readonly file?: string;
  readonly line?: number;
}

function placeOf(host: Host, key: string): SpecPlace {
  const declaration = host.controller.entry(key)?.declaration;
  if (declaration) {
    const { file, position } = declaration.declared;
    return { source: declaration.origin, file, line: position.line };
  }
  const origin = [...host.store.all()].find((record) => keyText(record.key) === key)?.origin;
  return origin ? { source: origin.source, ...(origin.file === undefined ? {} : { file: origin.file }) } : {};
}

async function specOf(host: Host, key: string): Promise<Why['spec']> {
  const { source, file, line } = placeOf(host, key);
  if (source === undefined) return undefined;
  const commit = host.controller.commitOf(source);
  const past = host.source?.(source)?.past?.();
  const [changed] = past && file !== undefined ? await past.changes(file, 1) : [];
  return {
    source,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(commit ? { commit } : {}),
    ...(changed ? { changed } : {}),
  };
}

/** What waits, what somebody else changed, and what is being worked on. */
async function fieldsOf(host: Host, key: string, status: ResourceStatus): Promise<WhyField[]> {
  const pending = status.pending.map((change) => ({ ...change, state: 'pending' as const }));
  const drifted = (status.drift ?? []).map(({ path, desired, live }) => ({
    path,
    operation: 'replace' as const,
    desired: desired ?? null,
    current: live ?? null,
    impact: 'none' as const,
    state: 'drift' as const,
  }));
  const known = new Set([...pending, ...drifted].map(({ path }) => path));
  const open = (host.controller.entry(key)?.changes ?? [])
    .filter(({ path }) => path !== '' && !known.has(path))
    .map((change) => ({ ...change, state: 'open' as const }));
  const fields: WhyField[] = [...pending, ...drifted, ...open];
  const { source, file } = placeOf(host, key);
  const past = source === undefined ? undefined : host.source?.(source)?.past?.();
  const text = file === undefined ? undefined : await past?.text(file);
  if (!past || file === undefined || text === undefined) return fields;
  const places = locateFields(
    { path: file, text },
    host.kinds,
    key,
    fields.map(({ path }) => path),
  );
  const blamed = new Map<number, Promise<Commit | undefined>>();
  return Promise.all(
    fields.map(async (field) => {
      const line = places.get(field.path)?.line;
      if (line === undefined) return field;
      if (!blamed.has(line) && blamed.size < mostBlamed) blamed.set(line, past.blame(file, line));
      const blame = await blamed.get(line);
      return { ...field, line, ...(blame ? { blame } : {}) };
    }),
  );
}
