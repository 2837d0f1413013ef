import { join } from 'node:path';
import { ensureDir, remove } from '../../host/files.ts';
import { encodeName } from '../../host/paths.ts';
import { run } from '../../host/processes.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { Disk } from '../../model/domain-devices.ts';
import { Failure } from '../../model/failure.ts';

/** The image that takes what the guest writes to a transient disk. */
export function transientImage(stateDir: string, domain: string, alias: string): string {
  return join(stateDir, 'transient', `${encodeName(domain)}-${encodeName(alias)}.qcow2`);
}

/** Empty images for the transient disks of a domain, each over the disk's own image. */
export async function makeTransientImages(
  def: DomainDef,
  options: {
    readonly stateDir: string;
    readonly signal: AbortSignal;
    volumeImage(name: string): { readonly path: string; readonly format: string } | undefined;
  },
): Promise<void> {
  for (const disk of transientDisks(def)) {
    const volume = disk.volume === undefined ? undefined : options.volumeImage(disk.volume);
    const path = volume?.path ?? disk.file ?? disk.block;
    if (path === undefined)
      throw new Failure(
        'not-supported',
        `disk ${disk.dev}: only an image or a block device can be transient`,
        { retry: 'never' },
      );
    const image = transientImage(options.stateDir, def.metadata.name, disk.alias ?? '');
    await ensureDir(join(options.stateDir, 'transient'), 0o700);
    await remove(image);
    const format = volume?.format ?? disk.format ?? 'raw';
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', format, '-b', path, '--', image], {
      timeout: 30_000,
      signal: options.signal,
    });
  }
}

/** QEMU has them open by now: without a name, nothing of them outlives the process. */
export async function dropTransientImages(def: DomainDef, stateDir: string): Promise<void> {
  for (const { alias = '' } of transientDisks(def))
    await remove(transientImage(stateDir, def.metadata.name, alias));
}

export function transientDisks({ spec }: DomainDef): readonly Disk[] {
  return spec.devices?.disks?.filter(({ transient }) => transient === true) ?? [];
}
