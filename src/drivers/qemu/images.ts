import { readHead, stat } from '../../host/files.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Disk } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

const qcow2Magic = 0x514649fb;

/** Everything that a start needs to be there, looked at before anything is begun. Names the disk and the way out. */
export async function checkImages(
  def: DomainDef,
  volumePath: (name: string) => string | undefined,
): Promise<void> {
  await Promise.all((def.spec.devices?.disks ?? []).map((disk) => checkDisk(disk, volumePath)));
  const { os = {} } = def.spec;
  for (const [what, path] of [
    ['kernel', os.kernel],
    ['initrd', os.initrd],
    ['firmware', os.loader?.path],
  ] as const) {
    if (path !== undefined && !(await stat(path))) throw missing(what, path);
  }
}

async function checkDisk(disk: Disk, volumePath: (name: string) => string | undefined): Promise<void> {
  const path = disk.volume === undefined ? (disk.file ?? disk.block) : volumePath(disk.volume);
  if (path === undefined) {
    if (disk.volume === undefined) return;
    throw new Failure('image-missing', `disk ${disk.dev}: volume ${disk.volume} is not defined`, {
      retry: { after: 10_000 },
    });
  }
  const facts = await stat(path);
  if (!facts) {
    if (disk.startupPolicy === 'optional') return;
    throw missing(`disk ${disk.name ?? disk.dev}:`, path);
  }
  if (disk.format !== 'qcow2' || disk.block !== undefined) return;
  const header = await readHead(path, 32);
  if (header.length < 32 || header.readUInt32BE(0) !== qcow2Magic) {
    throw new Failure('image-wrong-format', `${path} is not qcow2`, {
      retry: { after: 60_000 },
      suggestion: 'write the format it has',
    });
  }
  const hasBacking = header.readBigUInt64BE(8) !== 0n && header.readUInt32BE(16) > 0;
  const declared =
    disk.volume !== undefined || (disk.backingStore !== undefined && !disk.backingStore.terminal);
  if (hasBacking && !declared) {
    throw new Failure('image-wrong-format', `${path} has a backing file that its spec does not name`, {
      retry: { after: 60_000 },
      suggestion: 'declare it: backingStore: {file: …, format: …}, or declare the image as a Volume',
    });
  }
}

function missing(what: string, path: string): Failure {
  return new Failure('image-missing', `${what} ${path} does not exist`, { retry: { after: 10_000 } });
}
