import { join } from 'node:path';
import { readTextSync, writeAtomic } from '../host/files.ts';
import type { HostPaths } from '../host/paths.ts';
import { type KeyText, keyText } from '../model/resource.ts';
import type { Condition } from '../model/status.ts';
import { withMembers } from '../model/with-members.ts';
import { seal, unseal } from './envelope.ts';
import type { ResourceRecord } from './records.ts';

type Rows = Readonly<Record<KeyText, Pick<ResourceRecord, 'generation' | 'conditions'>>>;

/**
 * What status said of each resource, in one sealed file: it changes without its definition, and all of it at once. Only
 * memory: what is lost is found out anew by the next look.
 */
export class KeptConditions {
  readonly path: string;

  constructor({ stateDir }: HostPaths) {
    this.path = join(stateDir, 'conditions.json');
  }

  /** These records, with what was said of them as they are. Throws when the file is not as it was written. */
  with(records: ReadonlyMap<KeyText, ResourceRecord>): readonly ResourceRecord[] {
    const rows = this.#read();
    return Object.entries(rows).flatMap(([text, { generation, conditions }]) => {
      const record = records.get(text as KeyText);
      return record?.generation === generation && conditions ? [withMembers(record, { conditions })] : [];
    });
  }

  async keep(
    records: Iterable<ResourceRecord>,
    present: ReadonlyMap<KeyText, readonly Condition[]>,
  ): Promise<void> {
    let changed = false;
    const rows: Record<KeyText, Rows[KeyText]> = {};
    for (const { key, generation, conditions: before = [] } of records) {
      const conditions = present.get(keyText(key)) ?? before;
      changed ||= JSON.stringify(conditions) !== JSON.stringify(before);
      rows[keyText(key)] = { generation, conditions };
    }
    if (changed) await writeAtomic(this.path, seal(rows));
  }

  #read(): Rows {
    let text: string;
    try {
      text = readTextSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    return unseal<Rows>(text, this.path);
  }
}
