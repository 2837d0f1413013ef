import { join } from 'node:path';
import { copyNew, ensureDir, exists, remove, rotateLog, stat, tailFile } from '../../host/files.ts';
import { assertSocketPath, encodeName } from '../../host/paths.ts';
import { freePort } from '../../host/ports.ts';
import { identify, type ProcessIdentity, proveDead } from '../../host/process-identity.ts';
import { type DetachedProcess, signalProcess, spawnDetached } from '../../host/processes.ts';
import { listenUnix } from '../../host/sockets.ts';
import type { DomainDef } from '../../model/domain.ts';
import type { RunState } from '../../model/domain-live.ts';
import { Failure } from '../../model/failure.ts';
import { keyOf } from '../../model/resource.ts';
import type { Monitor } from '../../qmp/monitor.ts';
import { failpoint } from '../../telemetry/failpoint.ts';
import type { CommandLineContext, ResolvedImage } from './command-line/context.ts';
import { buildCommandLine, type CommandLine } from './command-line.ts';
import type { QemuDeps } from './deps.ts';
import { vsockCid } from './devices/vsock.ts';
import { checkHostDevices, type ScsiGenerics } from './host-devices.ts';
import { hugepagesDirectory } from './hugepages.ts';
import { checkImages } from './images.ts';
import { openMonitor } from './open-monitor.ts';
import { currentTime } from './render-context.ts';
import { Session } from './session.ts';
import { startTpm } from './swtpm.ts';
import { makeTaps, removeTaps, tapName } from './taps.ts';

export interface StartOptions {
  readonly paused?: boolean;
  readonly signal: AbortSignal;
  readonly bootId: string;
  onEvent(
    session: Session,
    event: Parameters<Monitor['subscribe']>[0] extends (event: infer E) => void ? E : never,
  ): void;
}

/** Log of one domain's QEMU. */
export function logFile(deps: QemuDeps, name: string): string {
  return join(deps.paths.logDir, `${encodeName(name)}.log`);
}

/** From nothing to running vCPUs. Every step is journaled, the caller ends the entry; whatever fails is undone. */
export async function startDomain(def: DomainDef, deps: QemuDeps, options: StartOptions): Promise<Session> {
  const key = keyOf(def);
  const directory = deps.runRecords.directory(key);
  const log = logFile(deps, key.name);
  const uuid = def.spec.uuid ?? '';
  await proveStartable(def, deps, directory);
  await ensureDir(deps.paths.logDir, 0o755);
  // What is left there belongs to a process that is proven dead.
  await remove(directory);
  await ensureDir(directory, 0o700);
  await deps.journal.write({
    key,
    operation: 'start',
    step: 'prepare',
    bootId: options.bootId,
    startedAt: deps.clock.now().toISOString(),
  });
  await failpoint('start.prepare');
  let child: DetachedProcess | undefined;
  let helper: ProcessIdentity | undefined;
  let exit: Promise<never> | undefined;
  try {
    const needsNvram = def.spec.os?.loader?.type === 'pflash' && !def.spec.os.loader.stateless;
    const nvram =
      def.spec.os?.nvram?.path ?? join(deps.paths.stateDir, 'nvram', `${encodeName(key.name)}.fd`);
    const { hugepages: pageSize } = def.spec.memoryBacking ?? {};
    const [scsiGenerics, ports, capabilities, hugepages] = await Promise.all([
      checkHostDevices(def),
      displayPorts(def, deps),
      deps.capabilities.of(def.spec.emulator ?? '/usr/bin/qemu-system-x86_64'),
      pageSize === undefined ? '' : hugepagesDirectory(pageSize),
      checkImages(def, (name) => deps.volumeImage(name)?.path),
      needsNvram ? copyNvram(def, nvram) : undefined,
      makeTaps(def, options.signal),
      rotateLog(log),
    ]);
    if (def.spec.accel === 'kvm' && !capabilities.kvm.usable) {
      throw new Failure('kvm-unavailable', `accel kvm: ${capabilities.kvm.reason ?? 'not usable'}`, {
        retry: { after: 30_000 },
        suggestion:
          'load the kvm module and let this user open /dev/kvm, or write accel: tcg (`qonverge doctor`)',
      });
    }
    helper = await startTpm(def, {
      directory,
      stateDir: deps.paths.stateDir,
      logFile: log,
      clock: deps.clock,
    });
    await failpoint('start.reserve');
    const listening = await Promise.all([
      listenUnix(join(directory, 'qmp0.sock')),
      listenUnix(join(directory, 'qmp1.sock')),
    ]);
    const line = buildCommandLine(
      def,
      context(def, deps, {
        directory,
        nvram,
        ports,
        hugepages,
        scsiGenerics,
        vhostNet: await exists('/dev/vhost-net'),
      }),
    );
    const logStart = (await stat(log))?.size ?? 0;
    child = await spawnDetached(
      line.emulator,
      [...line.args, '-pidfile', assertSocketPath(join(directory, 'qemu.pid'))],
      {
        logFile: log,
        env: line.env,
        fds: listening.map(({ fd }) => fd),
      },
    );
    await failpoint('start.spawned');
    const [found] = await Promise.all([identify(child.pid), ...listening.map((socket) => socket.close())]);
    const died = child.exited.then(async ({ code, signal }) => {
      const said = (
        await tailFile(log, Math.min(4096, ((await stat(log))?.size ?? 0) - logStart || 1))
      ).trim();
      throw new Failure(
        'qemu-start-failed',
        `QEMU ended with ${signal ?? `status ${code}`}: ${said.slice(-1024) || 'it said nothing'}`,
        {
          suggestion: `its log: qonverge logs ${key.name}`,
        },
      );
    });
    died.catch(() => undefined);
    exit = died;
    if (!found) await died;
    const identity = found as ProcessIdentity;
    const session = new Session(
      {
        key,
        uuid,
        identity,
        running: def,
        startedAt: deps.clock.now().toISOString(),
        emulator: line.emulator,
        helpers: helper ? [helper] : [],
        taps: [],
      },
      directory,
      (event) => options.onEvent(session, event),
    );
    // The record is written while QEMU comes up: without it the process is still found by its pidfile.
    const [monitor] = await Promise.all([
      Promise.race([openMonitor(session.socket(0), 30_000, options.signal), died]),
      deps.runRecords.put(session.record),
    ]);
    session.attach(monitor as Monitor);
    await afterExec(session, deps);
    await failpoint('start.qmp-ready');
    await Promise.race([configureAndRun(session, line, options), died]);
    await failpoint('start.running');
    return session;
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
    if (helper) await signalProcess(helper, 'SIGTERM');
    await removeTaps(def).catch(() => undefined);
    await deps.runRecords.delete(key);
    await deps.journal.end(key);
    throw error;
  }
}

/** An emulator may be a script that becomes QEMU: by the time it greets, it is what it will be. */
async function afterExec(session: Session, deps: QemuDeps): Promise<void> {
  const { record } = session;
  const identity = await identify(record.identity.pid);
  if (!identity || identity.exe === record.identity.exe) return;
  session.record = { ...record, identity };
  await deps.runRecords.put(session.record);
}

/** Applies what must be set before the first instruction, then lets the guest run. Repeating it does no harm. */
export async function configureAndRun(
  session: Session,
  line: Pick<CommandLine, 'configure'>,
  options: { paused?: boolean; signal: AbortSignal },
): Promise<void> {
  const monitor = await session.connect(5_000, options.signal);
  for (const { command, arguments: args } of line.configure)
    await monitor.execute(command, args, { signal: options.signal, timeout: 10_000 });
  await failpoint('start.configured');
  if (!options.paused) await monitor.execute('cont', undefined, { signal: options.signal, timeout: 10_000 });
  session.doubt();
}

export function isBeforeFirstInstruction(state: RunState): boolean {
  return state === 'prelaunch';
}

async function proveStartable(def: DomainDef, deps: QemuDeps, directory: string): Promise<void> {
  const key = keyOf(def);
  const record = deps.runRecords.get(key.name);
  const proof = await proveDead({
    bootId: record?.identity.bootId,
    identity: record?.identity,
    pidfile: join(directory, 'qemu.pid'),
    uuid: def.spec.uuid ?? '',
  });
  if (proof === 'dead') return;
  if ('unknown' in proof)
    throw new Failure('domain-unknown', `not started: ${proof.unknown}`, { retry: { after: 10_000 } });
  throw new Failure(
    'domain-conflict',
    `uuid ${def.spec.uuid} runs already in process ${proof.alive.pid}, which is not ours`,
    {
      retry: { after: 30_000 },
      suggestion: 'stop that process, or give this domain another uuid; nothing was touched',
    },
  );
}

async function copyNvram(def: DomainDef, path: string): Promise<void> {
  const template = def.spec.os?.nvram?.template;
  if (template === undefined) {
    if (await exists(path)) return;
    throw new Failure('firmware-not-found', `no template to make ${path} from`, {
      retry: { after: 60_000 },
      suggestion: 'install ovmf, or write os.nvram.template',
    });
  }
  if (!(await exists(path)) && !(await exists(template))) {
    throw new Failure('firmware-not-found', `${template} does not exist`, {
      retry: { after: 60_000 },
      suggestion: 'apt-get install ovmf',
    });
  }
  await copyNew(template, path);
}

async function displayPorts(def: DomainDef, deps: QemuDeps): Promise<number[]> {
  const ports: number[] = [];
  for (const graphics of def.spec.devices?.graphics ?? []) {
    const fixed = graphics.port !== undefined && graphics.port > 0;
    if (fixed || graphics.socket !== undefined) ports.push(graphics.port ?? 0);
    else {
      const port = await freePort(graphics.listen ?? '127.0.0.1', 5900, deps.reservedPorts);
      // Held back until QEMU has bound it, so that a start beside this one takes another.
      deps.reservedPorts.add(port);
      setTimeout(() => deps.reservedPorts.delete(port), 30_000).unref();
      ports.push(port);
    }
  }
  return ports;
}

function context(
  def: DomainDef,
  deps: QemuDeps,
  facts: {
    directory: string;
    nvram: string;
    ports: readonly number[];
    hugepages: string;
    scsiGenerics: ScsiGenerics;
    vhostNet: boolean;
  },
): CommandLineContext {
  return {
    directory: facts.directory,
    monitorFds: [3, 4],
    nvram: facts.nvram,
    volume: (name): ResolvedImage | undefined => deps.volumeImage(name),
    tap: (alias) => tapName(def.spec.uuid ?? '', alias),
    scsiGeneric: (unit) => facts.scsiGenerics.get(unit),
    vhostNet: facts.vhostNet,
    displayPort: (index) => facts.ports[index] ?? 5900 + index,
    explicitChains: true,
    now: currentTime(deps.clock.now()),
    hugepages: facts.hugepages,
    vsockCid: vsockCid(def.spec.uuid ?? ''),
  };
}

/** For a start that a crash of ours cut off between spawn and `cont`. */
export function commandLineOf(def: DomainDef, deps: QemuDeps, directory: string): CommandLine {
  return buildCommandLine(
    def,
    context(def, deps, {
      directory,
      nvram: '',
      ports: [],
      hugepages: '',
      scsiGenerics: new Map(),
      vhostNet: false,
    }),
  );
}
