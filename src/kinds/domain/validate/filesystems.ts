import type { DomainSpec } from '../../../model/domain.ts';
import type { Filesystem } from '../../../model/domain-devices.ts';
import type { Report } from './report.ts';
import { checkEach, type Rule, unwanted } from './rules.ts';
import { sharesMemory } from './shared-memory.ts';

/** Shares of host directories: 9p has its options, virtiofs others. */
export function checkFilesystems(spec: DomainSpec, report: Report): void {
  checkEach(rules, spec.devices?.filesystems, 'spec.devices.filesystems', spec, report);
  const tags = new Map<string, string>();
  const ofVirtiofs = new Set<string>();
  spec.devices?.filesystems?.forEach((share, index) => {
    const { target } = share;
    if (target === undefined) return;
    const path = `spec.devices.filesystems[${index}]`;
    const other = tags.get(target);
    if (other !== undefined)
      report(
        'conflicting-options',
        `${path}.target`,
        `the guest mounts ${target} from ${other} already`,
        'give each share its own target',
        // libvirt refuses it of virtiofs only.
        isVirtiofs(share) && ofVirtiofs.has(target) ? undefined : 'warning',
      );
    else tags.set(target, path);
    if (isVirtiofs(share)) ofVirtiofs.add(target);
  });
}

const isVirtiofs = ({ driver }: Filesystem): boolean => driver === 'virtiofs';
const is9p = (share: Filesystem): boolean => !isVirtiofs(share);

const rules: readonly Rule<Filesystem>[] = [
  {
    at: 'dir',
    when: ({ dir, socket }) => dir === undefined && socket === undefined,
    says: 'the directory is missing',
    instead: 'add dir',
    code: 'missing-field',
  },
  {
    at: 'target',
    when: ({ target = '' }) => target === '',
    says: 'the tag that the guest mounts is missing',
    instead: 'add target',
    code: 'missing-field',
  },
  ...unwanted<Filesystem>(['bootOrder'], is9p, 'is for virtiofs: firmware reads no 9p'),
  ...unwanted<Filesystem>(
    ['model', 'multidevs', 'fileMode', 'directoryMode', 'writePolicy'],
    isVirtiofs,
    'is for 9p, and this share is virtiofs',
  ),
  ...unwanted<Filesystem>(
    ['fileMode', 'directoryMode'],
    ({ accessMode }) => accessMode !== 'mapped',
    'is for accessMode mapped, which keeps modes beside the files',
    'set accessMode: mapped, or leave it out',
  ),
  {
    at: 'accessMode',
    when: (share) => isVirtiofs(share) && (share.accessMode ?? 'passthrough') !== 'passthrough',
    says: 'virtiofs keeps owners and modes on the files themselves',
    instead: 'use passthrough',
  },
  {
    at: 'dir',
    // It stands among other options there: what follows a comma would be another one, `source` too.
    when: (share) => isVirtiofs(share) && share.socket === undefined && /[,\\]/.test(share.dir ?? ''),
    says: 'virtiofsd takes no path with a comma or a backslash',
    instead: 'share a directory with another name',
    code: 'invalid-value',
  },
  {
    at: 'readonly',
    when: (share) => isVirtiofs(share) && share.readonly === true,
    says: 'virtiofs cannot be read-only yet',
    instead: 'leave it out, or use driver path',
    code: 'not-supported',
  },
  {
    at: 'driver',
    when: (share, spec) => isVirtiofs(share) && !sharesMemory(spec),
    says: "virtiofs needs the guest's memory to be shared with its process",
    instead: 'set memoryBacking.access: shared',
    code: 'missing-field',
  },
];
