import { join } from 'node:path';
import { listDir, readText } from '../../host/files.ts';
import type { FirmwareImage } from '../../model/domain-capabilities.ts';

/** Firmware by QEMU's descriptor files (docs/interop/firmware.json); a file in /etc hides its namesake. */
export async function firmwareImages(): Promise<FirmwareImage[]> {
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
