import type { Os } from '../../model/domain.ts';

interface RelativePath {
  /** Below `os`. */
  readonly field: string;
  readonly path: string;
}

/**
 * Files of `os` without their directory. Under libvirt they begin at `/`, where QEMU works; only the bare name of a BIOS
 * means something else: an image of QEMU's own.
 */
export function relativePaths({
  loader,
  nvram,
  kernel,
  initrd,
  dtb,
  acpiTable,
}: Os): readonly RelativePath[] {
  const bios = loader?.type !== 'pflash' && !(loader?.path ?? '').includes('/');
  const paths = {
    'loader.path': bios ? undefined : loader?.path,
    'nvram.path': nvram?.path,
    'nvram.template': nvram?.template,
    kernel,
    initrd,
    dtb,
    'acpiTable.path': acpiTable?.path,
  };
  return Object.entries(paths).flatMap(([field, path]) =>
    path === undefined || path.startsWith('/') ? [] : [{ field, path }],
  );
}
