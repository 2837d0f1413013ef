import { watch } from 'chokidar';

export interface TreeWatch {
  close(): Promise<void>;
  readonly ready: Promise<void>;
}

/** Hints that something changed below `root`. Never the truth: overflow and replaced roots are silent. */
export function watchTree(
  root: string,
  onHint: (path: string | undefined) => void,
  options: { readonly ignored?: (path: string) => boolean } = {},
): TreeWatch {
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: true,
    ...(options.ignored ? { ignored: options.ignored } : {}),
  });
  watcher.on('all', (_event, path) => onHint(path));
  watcher.on('error', () => onHint(undefined));
  const ready = new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return { ready, close: () => watcher.close() };
}
