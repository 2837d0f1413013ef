import { takenMemory } from '../kinds/domain/taken-memory.ts';
import { formatSize } from '../kinds/shape/bytes.ts';
import type { Declared } from '../manifest/declared.ts';
import type { Disk } from '../model/domain-devices.ts';
import { type Def, type KeyText, keyText } from '../model/resource.ts';
import type { Violation } from './judge.ts';
import type { Quota, Rules } from './policy.ts';

type Counted = keyof Quota;
type Usage = Partial<Record<Counted, number>>;

const counted: Readonly<Record<string, Counted>> = {
  Domain: 'domains',
  Volume: 'volumes',
  Network: 'networks',
  Snapshot: 'snapshots',
};

type Member = Pick<Declared, 'key' | 'def' | 'position'>;

/** What a source has beyond its quota: what is here already comes first, then by name. */
export function overQuota(
  members: readonly Member[],
  rules: Rules,
  isHere: (member: Member) => boolean,
): ReadonlyMap<KeyText, Violation> {
  const found = new Map<KeyText, Violation>();
  const { quota = {} } = rules;
  const used: Usage = {};
  const byName = [...members].sort((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1));
  const sorted = [...byName.filter(isHere), ...byName.filter((one) => !isHere(one))];
  for (const { key, def, position } of sorted) {
    const usage = usageOf(def);
    const over = (Object.keys(quota) as Counted[]).find(
      (name) => (used[name] ?? 0) + (usage[name] ?? 0) > (quota[name] ?? 0),
    );
    if (over === undefined) {
      for (const name of Object.keys(usage) as Counted[]) used[name] = (used[name] ?? 0) + (usage[name] ?? 0);
      continue;
    }
    const field = `quota.${over}`;
    const shown = (count = 0) => (over === 'memory' || over === 'disk' ? formatSize(count) : count);
    const wanted = usage[over] === Number.POSITIVE_INFINITY ? 'a disk without a limit' : shown(usage[over]);
    found.set(keyText(key), {
      code: 'quota-exceeded',
      path: over === 'memory' ? 'spec.memory' : over === 'disk' ? 'spec.capacity' : '',
      position,
      message: `${wanted} more ${over} is above ${shown(quota[over])}, of which ${shown(used[over])} are taken (${rules.origin(field).words})`,
      suggestion: `make it or another one smaller, or ask for more in ${field}`,
    });
  }
  return found;
}

const tapTypes: ReadonlySet<string> = new Set(['bridge', 'ethernet', 'network', 'direct']);

function usageOf(def: Def): Usage {
  const one = counted[def.kind];
  const usage: Usage = one === undefined ? {} : { [one]: 1 };
  if (def.kind === 'Volume') return { ...usage, disk: def.spec.capacity };
  if (def.kind !== 'Domain') return usage;
  const { vcpus, devices } = def.spec;
  return {
    ...usage,
    memory: takenMemory(def.spec),
    vcpus: vcpus?.maximum ?? 1,
    taps: (devices?.interfaces ?? []).filter(({ type = 'user' }) => tapTypes.has(type)).length,
    iops: (devices?.disks ?? []).reduce((sum, disk) => sum + iopsOf(disk), 0),
  };
}

/** Without a limit a disk takes all there is. */
function iopsOf({ iotune = {}, device = 'disk' }: Disk): number {
  if (device !== 'disk' && device !== 'lun') return 0;
  const { totalIopsSec = 0, readIopsSec = 0, writeIopsSec = 0 } = iotune;
  if (totalIopsSec > 0) return totalIopsSec;
  return readIopsSec > 0 && writeIopsSec > 0 ? readIopsSec + writeIopsSec : Number.POSITIVE_INFINITY;
}
