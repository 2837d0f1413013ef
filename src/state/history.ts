import { join } from 'node:path';
import { AppendLog } from '../host/append-log.ts';
import type { HostPaths } from '../host/paths.ts';
import type { HistoryRow } from '../model/history.ts';
import type { KeyText } from '../model/resource.ts';

/** Past this the log is thinned to what is kept of each resource, and to half of this. */
const mostBytes = 8 * 1024 * 1024;
const mostRows = 50;
const syncAfter = 1_000;

/**
 * What was done to each resource: the last rows of each, also of those that are gone. A row outlives this process at
 * once and the host within a second: nobody waits for the disk.
 */
export class History {
  readonly #log: AppendLog;
  readonly #mostBytes: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(paths: HostPaths, most = mostBytes) {
    this.#log = new AppendLog(join(paths.stateDir, 'history.jsonl'));
    this.#mostBytes = most;
  }

  /** Never fails: what was done is done, whether it can be written down or not. */
  append(row: HistoryRow): void {
    try {
      this.#log.append([JSON.stringify(row)]);
      if (this.#log.size > this.#mostBytes) this.#thin();
    } catch {
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#log.sync().catch(() => undefined);
    }, syncAfter).unref();
  }

  /** The newest first. */
  of(key: KeyText, limit = mostRows): HistoryRow[] {
    const mark = `{"key":${JSON.stringify(key)},`;
    const rows = [...this.#log.lines()].filter((line) => line.startsWith(mark));
    return collapse(parse(rows)).slice(-limit).toReversed();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#timer) await this.#log.sync().catch(() => undefined);
    this.#timer = undefined;
    this.#log.close();
  }

  /** Of each resource the last rows, of many resources fewer of each. */
  #thin(): void {
    const byKey = new Map<KeyText, HistoryRow[]>();
    for (const row of parse(this.#log.lines())) {
      const rows = byKey.get(row.key);
      if (rows) rows.push(row);
      else byKey.set(row.key, [row]);
    }
    const all = [...byKey.values()].map(collapse);
    for (let most = mostRows; ; most = Math.floor(most / 2)) {
      const kept = all.flatMap((rows) => rows.slice(-most)).sort((a, b) => (a.at < b.at ? -1 : 1));
      const lines = (most > 0 ? kept : []).map((row) => JSON.stringify(row));
      if (most > 0 && lines.reduce((sum, line) => sum + line.length, 0) > this.#mostBytes / 2) continue;
      this.#log.rewrite(lines);
      return;
    }
  }
}

function parse(lines: Iterable<string>): HistoryRow[] {
  return [...lines].flatMap((line) => {
    try {
      return [JSON.parse(line) as HistoryRow];
    } catch {
      // The last line of a writer that was killed.
      return [];
    }
  });
}

/** What failed in the same way again and again is one row. */
function collapse(rows: readonly HistoryRow[]): HistoryRow[] {
  const kept: HistoryRow[] = [];
  for (const row of rows) {
    const last = kept.at(-1);
    if (last && row.outcome === 'failed' && sameButTime(last) === sameButTime(row))
      kept[kept.length - 1] = { ...row, times: (last.times ?? 1) + (row.times ?? 1) };
    else kept.push(row);
  }
  return kept;
}

function sameButTime({ at: _, duration: __, times: ___, ...row }: HistoryRow): string {
  return JSON.stringify(row);
}
