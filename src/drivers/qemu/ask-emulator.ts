import { remove } from '../../host/files.ts';
import { spawnDetached } from '../../host/processes.ts';
import { listenUnix } from '../../host/sockets.ts';
import type { CpuFacts } from '../../model/domain-capabilities.ts';
import { Failure } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import type { Monitor } from '../../qmp/monitor.ts';
import { openMonitor } from './open-monitor.ts';

export interface Answers {
  readonly version: string;
  /** Alias → versioned machine type. */
  readonly machines: Readonly<Record<string, string>>;
  readonly devices: readonly string[];
  /** Undefined: this QEMU does not tell. */
  readonly cpus: CpuFacts | undefined;
}

/** Starts a QEMU without a machine, asks it what it can do under one accelerator, and ends it. */
export async function askEmulator(binary: string, accel: 'kvm' | 'tcg', socket: string): Promise<Answers> {
  const listening = await listenUnix(socket);
  const args = ['-M', `none,accel=${accel}`, '-nodefaults', '-no-user-config', '-S', '-display', 'none'];
  args.push('-chardev', 'socket,id=m,fd=3,server=on,wait=off', '-mon', 'chardev=m,mode=control');
  const child = await spawnDetached(binary, args, { logFile: '/dev/null', fds: [listening.fd] });
  await listening.close();
  try {
    const monitor = await Promise.race([
      openMonitor(socket, 10_000),
      child.exited.then(() => Promise.reject(new Failure('qemu-start-failed', `${binary} does not start`))),
    ]);
    const machines = await monitor.execute<{ name: string; alias?: string }[]>('query-machines');
    const types = await monitor.execute<{ name: string }[]>('qom-list-types', { implements: 'device' });
    const cpus = await cpuFacts(monitor, accel === 'kvm' ? 'host' : 'max').catch(() => undefined);
    await monitor.execute('quit');
    return {
      version: monitor.version,
      machines: Object.fromEntries(
        machines.flatMap(({ alias, name }) => (alias === undefined ? [] : [[alias, name]])),
      ),
      devices: types.map(({ name }) => name).sort(),
      cpus,
    };
  } catch (error) {
    // Whatever it is, it does not end by itself.
    child.kill('SIGKILL');
    throw error;
  } finally {
    await child.awaited();
    await remove(socket);
  }
}

type Properties = Readonly<Record<string, Json>>;

async function cpuFacts(monitor: Monitor, fullest: string): Promise<CpuFacts> {
  const movable = await expand(monitor, fullest, true);
  const all = await expand(monitor, fullest, false);
  const definitions =
    await monitor.execute<{ name: string; 'unavailable-features'?: string[] }[]>('query-cpu-definitions');
  const on = (properties: Properties) => Object.keys(properties).filter((name) => properties[name] === true);
  const features = on(movable).sort();
  return {
    host: {
      vendor: String(movable['vendor'] ?? ''),
      family: Number(movable['family'] ?? 0),
      model: Number(movable['model'] ?? 0),
      stepping: Number(movable['stepping'] ?? 0),
      features,
      immovable: on(all)
        .filter((name) => movable[name] === false)
        .sort(),
      silicon: [],
    },
    models: Object.fromEntries(
      definitions
        .map((model) => [model.name, model['unavailable-features'] ?? []] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    features: Object.keys(movable)
      .filter((name) => typeof movable[name] === 'boolean')
      .sort(),
  };
}

/** Every property of a model, once QEMU has decided what of it can be had. */
async function expand(monitor: Monitor, name: string, migratable: boolean): Promise<Properties> {
  const expanded = async (type: 'static' | 'full', model: Json) =>
    (
      await monitor.execute<{ model: { name: string; props: Properties } }>('query-cpu-model-expansion', {
        type,
        model,
      })
    ).model;
  const { props, ...base } = await expanded('static', { name, props: { migratable } });
  return (await expanded('full', { ...base, props })).props;
}
