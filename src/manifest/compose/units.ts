import type { Declared } from '../declared.ts';
import type { FileParts } from '../decoded-file.ts';
import { type Overlay, overlayFile } from './overlay.ts';
import { directoryOf } from './paths.ts';

/** A file that takes part: as it is now, or as it last was good. */
export interface ComposedFile {
  readonly file: string;
  readonly parts?: FileParts | undefined;
  /** Resources in XML. */
  readonly declared: readonly Declared[];
  /** It is there for others: nothing that it declares counts by itself. */
  readonly lent: boolean;
}

/** A directory with its overlay and the files that it rules: those below, up to the next overlay. */
export interface Unit {
  readonly directory: string;
  /** The overlay's file; absent: nothing rules these files. */
  readonly file?: string;
  /** Absent, though there is a file: it cannot be read. */
  readonly overlay?: Overlay;
  readonly members: ComposedFile[];
}

/** Where the files are that nothing rules: a name that no directory has. */
export const unruled = '\0';

/** Whether some overlay rules a file, as far as names tell. */
export function ruledBy(files: Iterable<string>): (file: string) => boolean {
  const directories = new Set([...files].filter(isOverlayFile).map(directoryOf));
  if (directories.size === 0) return () => false;
  const known = new Map<string, string | undefined>();
  return (file) => rulerOf(directoryOf(file), directories, known) !== undefined;
}

export function unitsOf(files: readonly ComposedFile[]): Map<string, Unit> {
  const overlays = files.filter(({ file }) => isOverlayFile(file));
  const units = new Map<string, Unit>();
  for (const { file, parts } of overlays) {
    const directory = directoryOf(file);
    units.set(directory, {
      directory,
      file,
      members: [],
      ...(parts?.overlay ? { overlay: parts.overlay } : {}),
    });
  }
  const free: Unit = { directory: '', members: [] };
  const directories = new Set(units.keys());
  const known = new Map<string, string | undefined>();
  for (const file of files) {
    if (isOverlayFile(file.file)) continue;
    const ruler = rulerOf(directoryOf(file.file), directories, known);
    ((ruler === undefined ? undefined : units.get(ruler)) ?? free).members.push(file);
  }
  units.set(unruled, free);
  return units;
}

export function isOverlayFile(path: string): boolean {
  return path === overlayFile || path.endsWith(`/${overlayFile}`);
}

function rulerOf(
  directory: string,
  overlays: ReadonlySet<string>,
  known: Map<string, string | undefined>,
): string | undefined {
  if (overlays.has(directory)) return directory;
  if (directory === '' || directory === '/') return overlays.has(directory) ? directory : undefined;
  if (!known.has(directory)) known.set(directory, rulerOf(directoryOf(directory), overlays, known));
  return known.get(directory);
}
