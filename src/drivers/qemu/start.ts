import { join } from 'node:path';
import { type ControlGroup, joinGroups, type NewGroups } from '../../host/cgroups.ts';
import type { Descriptor } from '../../host/descriptors.ts';
import { ensureDirSync, removeSync, rotateLog, stat, tailFile, writeAtomic } from '../../host/files.ts';
import { assertSocketPath } from '../../host/paths.ts';
import { identify, type ProcessIdentity } from '../../host/process-identity.ts';
import { type DetachedProcess, spawnDetached } from '../../host/processes.ts';
import { listenUnix } from '../../host/sockets.ts';
import { serialFiles } from '../../kinds/domain/serial-files.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { RunState, SavedState } from '../../model/domain-live.ts';
import { Failure } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import { keyOf, keyText } from '../../model/resource.ts';
import type { Monitor } from '../../qmp/monitor.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';
import type { QemuDeps } from './deps.ts';
import type { Domains } from './domains.ts';
import { noHugepages } from './hugepages.ts';
import { withoutMedia } from './images.ts';
import { lockedImage } from './locked-image.ts';
import { logFile } from './log-file.ts';
import { openMacvtaps } from './macvtaps.ts';
import { openMonitor } from './open-monitor.ts';
import { contextOf, lookAround, makeReady, unmake } from './prepare.ts';
import { loadState, markSpent } from './save/restore-state.ts';
import type { Session } from './session.ts';
import { dropTransientImages } from './transient-images.ts';
import { applyTuning } from './tuning/apply-tuning.ts';
import { joinHelpers, prepareGroups, removeGroupsAfter } from './tuning/groups.ts';

export interface StartOptions {
  readonly paused?: boolean;
  /** Goes on from this state instead of booting; its file is open here. */
  readonly restore?: { readonly saved: SavedState; readonly fd: number };
  readonly signal: AbortSignal;
}

/** A QEMU that may take long to come up: firmware of gigabytes, memory to be touched. */
const comingUp = 30_000;

/** From nothing to running vCPUs. Every step is journaled, the caller ends the entry; whatever fails is undone. */
export async function startDomain(def: DomainDef, domains: Domains, options: StartOptions): Promise<Session> {
  const { deps, bootId } = domains;
  const key = keyOf(def);
  const directory = deps.runRecords.directory(key);
  const log = logFile(deps, key.name);
  const findings = await lookAround(def, deps, directory);
  ensureDirSync(deps.paths.logDir, 0o755);
  // What is left there belongs to a process that is proven dead.
  removeSync(directory);
  ensureDirSync(directory, 0o700);
  const startedAt = deps.clock.now().toISOString();
  const detail = { def: def as unknown as Json };
  deps.journal.write({ key, operation: 'start', step: 'prepare', bootId, startedAt, detail });
  await failpoint('start.prepare');
  let helpers: readonly ProcessIdentity[] = [];
  let held: NewGroups | undefined;
  let child: DetachedProcess | undefined;
  let exit: Promise<never> | undefined;
  try {
    await rotateLog(log);
    helpers = await makeReady(def, deps, { directory, logFile: log, signal: options.signal });
    held = await prepareGroups(def, options.signal);
    joinHelpers(held.groups, helpers);
    await failpoint('start.reserve');
    const context = contextOf(def, deps, directory, findings);
    const line = buildCommandLine(withoutMedia(def, findings.absent), {
      ...context,
      decided: options.restore?.saved.decided,
    });
    for (const { dev, name, file, block } of findings.absent) {
      const message = `disk ${name ?? dev}: ${file ?? block} is not there; started without it`;
      deps.events.append({ key: keyText(key), type: 'Warning', reason: 'MediumMissing', message });
    }
    for (const { path, text } of line.files) await writeAtomic(path, text, { mode: 0o600 });
    const logged = (await stat(log))?.size ?? 0;
    const serialSizes = await sizesBefore(def);
    child = await launch(line, { def, directory, log, state: options.restore?.fd, groups: held.groups });
    held.settle();
    exit = lastWords(child, log, logged, key.name);
    const { groups } = held;
    return await bringUp(def, domains, { line, child, helpers, groups, exit, serialSizes, ...options });
  } catch (caught) {
    // The connection breaks a moment before the exit is known; QEMU's own words say more.
    const broken = caught instanceof Failure && caught.code === 'qmp-disconnected';
    const error =
      broken && exit
        ? await Promise.race([
            exit.catch((words: unknown) => words),
            deps.clock.sleep(1_000).then(() => caught),
          ])
        : caught;
    child?.kill('SIGKILL');
    await Promise.race([child?.exited, deps.clock.sleep(5_000)]);
    held?.settle();
    await unmake(def, helpers);
    await removeGroupsAfter(helpers, held?.groups ?? [], deps.clock);
    deps.runRecords.delete(key);
    deps.journal.end(key);
    throw error;
  }
}

/** QEMU as a process of its own; both monitors listen already, so that connecting waits for nothing. */
async function launch(
  line: CommandLine,
  {
    def,
    directory,
    log,
    state,
    groups,
  }: {
    readonly def: DomainDef;
    readonly directory: string;
    readonly log: string;
    readonly state: number | undefined;
    readonly groups: readonly ControlGroup[];
  },
): Promise<DetachedProcess> {
  const listening = await Promise.all([
    listenUnix(join(directory, 'qmp0.sock')),
    listenUnix(join(directory, 'qmp1.sock')),
  ]);
  let queues: readonly Descriptor[] = [];
  try {
    queues = await openMacvtaps(def);
    const monitors = listening.map(({ fd }) => fd);
    // The state has number 5, and keeps it free when there is none.
    const inherited = queues.length === 0 ? [state ?? []].flat() : [state ?? monitors[0] ?? 0];
    const pidfile = assertSocketPath(join(directory, 'qemu.pid'));
    const incoming = state === undefined ? [] : ['-incoming', 'defer'];
    const child = await spawnDetached(line.emulator, [...line.args, ...incoming, '-pidfile', pidfile], {
      logFile: log,
      env: line.env,
      fds: [...monitors, ...inherited, ...queues.map(({ fd }) => fd)],
    });
    joinOrEnd(child, groups);
    await failpoint('start.spawned');
    return child;
  } finally {
    await Promise.all([...listening, ...queues].map((opened) => opened.close()));
  }
}

/** At once: what it takes from now on counts. */
function joinOrEnd(child: DetachedProcess, groups: readonly ControlGroup[]): void {
  try {
    joinGroups(groups, child.pid);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Failure('tuning-failed', `QEMU cannot be put into its group: ${(error as Error).message}`);
  }
}

interface Launched extends StartOptions {
  readonly line: CommandLine;
  readonly child: DetachedProcess;
  readonly helpers: readonly ProcessIdentity[];
  readonly groups: readonly ControlGroup[];
  /** Rejects with QEMU's last words when it ends. */
  readonly exit: Promise<never>;
  readonly serialSizes: Readonly<Record<string, number>>;
}

/** What stands in the files of serial ports from earlier runs, so that it is not taken for this one's. */
async function sizesBefore({ spec }: DomainDef): Promise<Readonly<Record<string, number>>> {
  const sizes: Record<string, number> = {};
  for (const { path, append } of serialFiles(spec)) if (append) sizes[path] = (await stat(path))?.size ?? 0;
  return sizes;
}

async function bringUp(def: DomainDef, domains: Domains, launched: Launched): Promise<Session> {
  const { deps } = domains;
  const { line, child, helpers, groups, exit, serialSizes, signal } = launched;
  const session = domains.session({
    key: keyOf(def),
    uuid: def.spec.uuid ?? '',
    identity: (await identify(child.pid)) ?? (await exit),
    running: def,
    startedAt: deps.clock.now().toISOString(),
    emulator: line.emulator,
    serialSizes,
    helpers,
    ...(groups.length > 0 ? { tuning: { groups, limits: [], cpus: {} } } : {}),
    taps: [],
  });
  session.exited = child.exited;
  deps.runRecords.put(session.record);
  session.attach(await Promise.race([openMonitor(session.socket(0), comingUp, signal), exit]));
  await afterExec(session, deps);
  await dropTransientImages(def, deps.paths.stateDir);
  await failpoint('start.qmp-ready');
  // No guest runs whose definition could be forgotten: it became durable while QEMU came up.
  await deps.store.settled(session.record.key);
  const { restore } = launched;
  const running = restore
    ? goOn(session, domains, restore.saved, launched)
    : configureAndRun(session, line, deps, launched);
  await Promise.race([running, exit]);
  await failpoint('start.running');
  return session;
}

/** An emulator may be a script that becomes QEMU: by the time it greets, it is what it will be. */
async function afterExec(session: Session, deps: QemuDeps): Promise<void> {
  const { record } = session;
  const identity = await identify(record.identity.pid);
  if (!identity || identity.exe === record.identity.exe) return;
  session.record = { ...record, identity };
  deps.runRecords.put(session.record);
}

/** The number under which a new QEMU finds its saved state, behind its two monitors. */
const stateFd = 5;

/** Loads the saved state into a machine that is as it was, and lets the guest go on. */
async function goOn(
  session: Session,
  domains: Domains,
  { paused }: SavedState,
  { line, signal }: Launched,
): Promise<void> {
  const { key } = session.record;
  const monitor = await configure(session, line, domains.deps, signal);
  await loadState(session, stateFd, domains, signal);
  signal.throwIfAborted();
  await markSpent(key, domains, true);
  try {
    // Whatever is wished by now, it goes on first: from here on nothing but this QEMU has its memory.
    if (!paused) await monitor.execute('cont', undefined, { timeout: 10_000 });
  } catch (error) {
    // QEMU itself says that the guest does not run: the file is as good as before.
    if (error instanceof Failure && error.code === 'qmp-error') await markSpent(key, domains, false);
    throw error;
  }
  session.doubt();
}

async function configure(
  session: Session,
  line: Pick<CommandLine, 'configure'>,
  { runRecords }: QemuDeps,
  signal: AbortSignal,
): Promise<Monitor> {
  const monitor = await session.connect(5_000, signal);
  for (const { command, arguments: args } of line.configure)
    await monitor.execute(command, args, { signal, timeout: 10_000 });
  await applyTuning(session, { after: session.record.running, runRecords, signal });
  await failpoint('start.configured');
  return monitor;
}

/** Applies what must be set before the first instruction, then lets the guest run. Repeating it does no harm. */
export async function configureAndRun(
  session: Session,
  line: Pick<CommandLine, 'configure'>,
  deps: QemuDeps,
  { paused, signal }: StartOptions,
): Promise<void> {
  const monitor = await configure(session, line, deps, signal);
  if (!paused) await monitor.execute('cont', undefined, { signal, timeout: 10_000 });
  session.doubt();
}

export function isBeforeFirstInstruction(state: RunState): boolean {
  return state === 'prelaunch';
}

/** For a start that a crash of ours cut off between spawn and `cont`. */
export async function commandLineOf({ record, directory }: Session, { deps }: Domains): Promise<CommandLine> {
  const { cpus } = await deps.capabilities.of(record.emulator);
  const nothing = { ports: [], hugepages: noHugepages, vhostNet: false, scsiGenerics: new Map(), cpus };
  return buildCommandLine(record.running, contextOf(record.running, deps, directory, nothing));
}

function lastWords(child: DetachedProcess, log: string, from: number, name: string): Promise<never> {
  const exit = child.exited.then(async ({ code, signal }): Promise<never> => {
    const size = (await stat(log))?.size ?? 0;
    const said = size > from ? (await tailFile(log, Math.min(4_096, size - from))).trim().slice(-1_024) : '';
    const locked = lockedImage(said);
    if (locked) throw locked;
    throw new Failure(
      'qemu-start-failed',
      `QEMU ended with ${signal ?? `status ${code}`}: ${said || 'it said nothing'}`,
      { suggestion: `its log: qonverge logs ${name}` },
    );
  });
  exit.catch(() => undefined);
  return exit;
}
