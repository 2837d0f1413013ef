import { join } from 'node:path';
import { listDir, openProblem, readText, remove, stat, writeAtomic } from '../../host/files.ts';
import { findProgram } from '../../host/find-program.ts';
import type { HostPaths } from '../../host/paths.ts';
import { spawnDetached } from '../../host/processes.ts';
import { listenUnix } from '../../host/sockets.ts';
import type { DomainCapabilities, FirmwareImage } from '../../model/domain-capabilities.ts';
import { Failure } from '../../model/failure.ts';
import { openMonitor } from './open-monitor.ts';

interface Probed {
  readonly identity: string;
  readonly capabilities: Omit<DomainCapabilities, 'kvm' | 'firmware'>;
}

/** What QEMU binaries can do, asked once per binary: identity is path, device, inode, size and time. */
export class CapabilityProbe {
  readonly #paths: HostPaths;
  readonly #known = new Map<string, Promise<DomainCapabilities>>();
  #probes = 0;

  constructor(paths: HostPaths) {
    this.#paths = paths;
  }

  of(emulator: string): Promise<DomainCapabilities> {
    const known = this.#known.get(emulator);
    if (known) return known;
    const probing = this.#probe(emulator);
    this.#known.set(emulator, probing);
    // Looked at anew after a while: an upgrade of QEMU, a kvm module loaded.
    const forget = () => this.#known.delete(emulator);
    probing.then(() => setTimeout(forget, 60_000).unref(), forget);
    return probing;
  }

  async #probe(emulator: string): Promise<DomainCapabilities> {
    const binary = await findProgram(emulator);
    const facts = binary === undefined ? undefined : await stat(binary);
    if (binary === undefined || !facts) {
      throw new Failure('qemu-not-found', `${emulator} is not installed`, {
        retry: { after: 60_000 },
        suggestion: 'apt-get install qemu-system-x86',
      });
    }
    const identity = [binary, facts.dev, facts.ino, facts.size, facts.mtimeMs].join(':');
    const cache = join(this.#paths.stateDir, 'capabilities', `${binary.replaceAll('/', '_')}.json`);
    const cached = await readCache(cache);
    const capabilities = cached?.identity === identity ? cached.capabilities : await this.#ask(binary);
    if (cached?.identity !== identity) {
      await writeAtomic(cache, JSON.stringify({ identity, capabilities })).catch(() => undefined);
    }
    const problem = await openProblem('/dev/kvm');
    return {
      ...capabilities,
      kvm: problem === undefined ? { usable: true } : { usable: false, reason: problem },
      firmware: await firmwareImages(),
    };
  }

  async #ask(binary: string): Promise<Probed['capabilities']> {
    const socket = join(this.#paths.runDir, `probe${this.#probes++}.sock`);
    const listening = await listenUnix(socket);
    const args = [
      '-M',
      'none',
      '-nodefaults',
      '-no-user-config',
      '-S',
      '-display',
      'none',
      '-chardev',
      'socket,id=m,fd=3,server=on,wait=off',
      '-mon',
      'chardev=m,mode=control',
    ];
    const child = await spawnDetached(binary, args, { logFile: '/dev/null', fds: [listening.fd] });
    await listening.close();
    try {
      const monitor = await Promise.race([
        openMonitor(socket, 10_000),
        child.exited.then(() => Promise.reject(new Failure('qemu-start-failed', `${binary} does not start`))),
      ]);
      const machines = await monitor.execute<{ name: string; alias?: string }[]>('query-machines');
      const types = await monitor.execute<{ name: string }[]>('qom-list-types', { implements: 'device' });
      await monitor.execute('quit');
      return {
        emulator: binary,
        version: monitor.version,
        machines: Object.fromEntries(
          machines.filter(({ alias }) => alias !== undefined).map(({ alias, name }) => [alias, name]),
        ),
        devices: types.map(({ name }) => name).sort(),
      };
    } catch (error) {
      // Whatever it is, it does not end by itself.
      child.kill('SIGKILL');
      throw error;
    } finally {
      await child.exited;
      await remove(socket);
    }
  }
}

async function readCache(path: string): Promise<Probed | undefined> {
  try {
    return JSON.parse(await readText(path)) as Probed;
  } catch {
    return undefined;
  }
}

/** Firmware by QEMU's descriptor files (docs/interop/firmware.json); a file in /etc hides its namesake. */
async function firmwareImages(): Promise<FirmwareImage[]> {
  const files = new Map<string, string>();
  for (const directory of ['/usr/share/qemu/firmware', '/etc/qemu/firmware']) {
    for (const name of await listDir(directory).catch(() => []))
      if (name.endsWith('.json')) files.set(name, join(directory, name));
  }
  const images: FirmwareImage[] = [];
  for (const [, path] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    try {
      const image = readDescriptor(JSON.parse(await readText(path)));
      if (image) images.push(image);
    } catch {
      // A descriptor that cannot be read offers no firmware.
    }
  }
  return images;
}

interface Descriptor {
  readonly 'interface-types': readonly string[];
  readonly mapping: {
    readonly device: string;
    readonly executable?: { readonly filename: string; readonly format: string };
    readonly 'nvram-template'?: { readonly filename: string };
    readonly filename?: string;
  };
  readonly targets: readonly { readonly architecture: string; readonly machines: readonly string[] }[];
  readonly features: readonly string[];
}

function readDescriptor(file: Descriptor): FirmwareImage | undefined {
  const machines = file.targets
    .filter(({ architecture }) => architecture === 'x86_64')
    .flatMap((target) => target.machines);
  const executable = file.mapping.executable?.filename ?? file.mapping.filename;
  if (machines.length === 0 || executable === undefined) return undefined;
  return {
    kind: file['interface-types'].includes('uefi') ? 'efi' : 'bios',
    device: file.mapping.device === 'flash' ? 'flash' : 'memory',
    executable,
    executableFormat: file.mapping.executable?.format === 'qcow2' ? 'qcow2' : 'raw',
    ...(file.mapping['nvram-template'] ? { nvramTemplate: file.mapping['nvram-template'].filename } : {}),
    machines,
    features: file.features,
  };
}
