import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Controller, findHierarchies, type Hierarchy } from './cgroup-mounts.ts';
import { hasSystemd, openScope } from './systemd-scope.ts';

// Files of control groups are the kernel's memory: synchronous access costs microseconds, and nothing waits behind it.

/** One domain's group in the hierarchy of a controller. */
export interface ControlGroup {
  readonly controller: Controller;
  readonly version: 1 | 2;
  readonly directory: string;
}

/** Groups in which nothing runs yet; `settle` is for when something does. */
export interface NewGroups {
  readonly groups: readonly ControlGroup[];
  settle(): void;
}

/** The group of ours that all domains are below. */
const parent = 'qonverge';
/** In version 2 a group that hands controllers on has no processes of its own: they are in this one. */
const leaf = 'qemu';

/** The controllers that groups made by us can have; in whose tree decides systemd, where it runs. */
export function offeredControllers(): ReadonlyMap<Controller, Hierarchy> {
  return controllersOf('self', hasSystemd());
}

/** The controllers of this host, each with the group that a process is in. */
function controllersOf(pid: number | 'self' = 'self', fromTop = false): ReadonlyMap<Controller, Hierarchy> {
  const { byController, unified } = findHierarchies(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
  );
  const found = new Map(byController);
  const file = unified && join(fromTop ? unified.top : unified.directory, 'cgroup.controllers');
  if (unified === undefined || file === undefined || !existsSync(file)) return found;
  for (const name of readFileSync(file, 'utf8').trim().split(' '))
    if (isController(name) && !found.has(name)) found.set(name, unified);
  return found;
}

function isController(name: string): name is Controller {
  return name === 'cpu' || name === 'cpuset' || name === 'memory' || name === 'io';
}

/**
 * A group for each of these controllers. Where systemd owns the tree it is asked for a scope that is left to us; `pid`
 * runs already, and moves into it. What the kernel refuses is thrown as it says it.
 */
export async function makeGroups(
  name: string,
  wanted: ReadonlySet<Controller>,
  options: { readonly pid?: number; readonly slice?: string | undefined; readonly signal: AbortSignal },
): Promise<NewGroups> {
  const scope = await openScope(`${parent}-${name}.scope`, options);
  const groups: ControlGroup[] = [];
  try {
    for (const [controller, hierarchy] of controllersOf(scope?.pid)) {
      if (!wanted.has(controller)) continue;
      const directory = scope ? hierarchy.directory : descend(controller, hierarchy, [parent, name]);
      if (hierarchy.version === 2) mkdirSync(join(directory, leaf), { recursive: true });
      groups.push({ controller, version: hierarchy.version, directory });
    }
    if (scope) joinGroups(groups, scope.pid);
  } catch (error) {
    scope?.leave();
    removeGroups(groups);
    throw error;
  }
  return { groups, settle: () => scope?.leave() };
}

/** Makes groups one below the other, each with this controller. */
function descend(
  controller: Controller,
  { version, directory }: Pick<Hierarchy, 'version' | 'directory'>,
  names: readonly string[],
): string {
  let at = directory;
  for (const name of names) {
    if (version === 2) handOn(at, controller);
    at = join(at, name);
    mkdirSync(at, { recursive: true });
    if (version === 1 && controller === 'cpuset') inheritCpuset(at);
  }
  return at;
}

function handOn(directory: string, controller: Controller): void {
  writeFileSync(join(directory, 'cgroup.subtree_control'), `+${controller}`);
}

/** In version 1 a new group may run nowhere until it is told. */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = readFileSync(join(directory, file), 'utf8').trim();
    if (own === '') writeFileSync(join(directory, file), readFileSync(join(dirname(directory), file)));
  }
}

/** All threads of a process. */
export function joinGroups(groups: readonly ControlGroup[], pid: number): void {
  for (const directory of new Set(groups.map(({ version, directory }) => within(version, directory))))
    writeFileSync(join(directory, 'cgroup.procs'), String(pid));
}

/** Where processes are: the group itself, or its leaf. */
function within(version: 1 | 2, directory: string): string {
  return version === 2 ? join(directory, leaf) : directory;
}

/** A group for some threads of the process; its directory. */
export function threadGroup({ controller, version, directory }: ControlGroup, name: string): string {
  if (version === 1) return descend(controller, { version, directory }, [name]);
  const threads = join(directory, leaf, name);
  handOn(directory, controller);
  if (!existsSync(threads)) {
    mkdirSync(threads);
    writeFileSync(join(threads, 'cgroup.type'), 'threaded');
  }
  handOn(join(directory, leaf), controller);
  return threads;
}

export function joinThread({ version }: ControlGroup, directory: string, tid: number): void {
  writeFileSync(join(directory, version === 2 ? 'cgroup.threads' : 'tasks'), String(tid));
}

/** The first of these files that this kernel has; its path. */
export function groupFile(directory: string, files: readonly string[]): string | undefined {
  return files.map((file) => join(directory, file)).find((path) => existsSync(path));
}

/** Sets a file of a group, and tells what the kernel made of it. */
export function setGroupFile(path: string, value: string): string {
  writeFileSync(path, value);
  return readGroupFile(path) ?? value;
}

/** Undefined: there is no such group any more, or nothing to be read. */
export function readGroupFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Takes empty groups away, ours above them with the last one. Repeating it does no harm. */
export function removeGroups(groups: readonly ControlGroup[]): void {
  for (const directory of new Set(groups.map((group) => group.directory))) {
    removeTree(directory);
    if (basename(dirname(directory)) === parent) removeEmpty(dirname(directory));
  }
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  removeEmpty(directory);
}

/** Somebody is still in there, or it is gone already. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!['EBUSY', 'ENOTEMPTY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** The groups of this name that a process is in: for one whose record is lost. */
export function groupsOf(pid: number, name: string): readonly ControlGroup[] {
  return [...controllersOf(pid)].flatMap(([controller, { version, directory }]) => {
    const at = directory.indexOf(name);
    const end = directory.indexOf('/', at);
    if (at < 0) return [];
    return [{ controller, version, directory: end < 0 ? directory : directory.slice(0, end) }];
  });
}

/** Where groups of this name are, if there are any: of somebody who is gone. systemd clears away its scopes itself. */
export function groupsNamed(name: string): readonly ControlGroup[] {
  return [...controllersOf()].map(([controller, { version, directory }]) => ({
    controller,
    version,
    directory: join(directory, parent, name),
  }));
}
