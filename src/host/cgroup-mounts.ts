/** What the kernel shares out by control group. `io` is `blkio` in version 1. */
export type Controller = 'cpu' | 'cpuset' | 'memory' | 'io';

/** Where a controller is mounted, and the group there that some process is in. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly directory: string;
  /** Where all groups of the hierarchy are, as far as they can be seen from here. */
  readonly top: string;
}

const nameIn1: Readonly<Record<string, Controller>> = {
  cpu: 'cpu',
  cpuset: 'cpuset',
  memory: 'memory',
  blkio: 'io',
};

interface Mount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

/**
 * The hierarchies of version 1, by controller, and the one of version 2 (`unified`), as `/proc/PID/mountinfo` and
 * `/proc/PID/cgroup` tell them.
 */
export function findHierarchies(
  mountinfo: string,
  groups: string,
): { readonly byController: ReadonlyMap<Controller, Hierarchy>; readonly unified?: Hierarchy } {
  const mounts = mountinfo.split('\n').flatMap(parseMount);
  const byController = new Map<Controller, Hierarchy>();
  let unified: Hierarchy | undefined;
  for (const line of groups.split('\n')) {
    const [, id, names = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const listed = names.split(',');
    const version = id === '0' && names === '' ? 2 : 1;
    const mount = mounts.find(
      (one) =>
        one.version === version && (version === 2 || listed.every((name) => one.options.includes(name))),
    );
    if (!mount) continue;
    const hierarchy: Hierarchy = { version, directory: below(mount, path), top: mount.point };
    if (version === 2) unified = hierarchy;
    for (const name of listed) if (nameIn1[name]) byController.set(nameIn1[name], hierarchy);
  }
  return { byController, ...(unified ? { unified } : {}) };
}

/** `31 23 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu` */
function parseMount(line: string): readonly Mount[] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , root = '', point = ''] = left.split(' ');
  const [type, , options = ''] = right.split(' ');
  if (type !== 'cgroup' && type !== 'cgroup2') return [];
  return [{ version: type === 'cgroup2' ? 2 : 1, root, point, options: options.split(',') }];
}

/** A container sees a part of the tree: its mount's root is a group itself. */
function below({ root, point }: Mount, path: string): string {
  const own = root === '/' ? path : path.startsWith(root) ? path.slice(root.length) : path;
  return own === '/' || own === '' ? point : `${point}${own}`;
}
