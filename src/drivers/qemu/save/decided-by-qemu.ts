import type { SavedState } from '../../../model/domain-live.ts';
import { Failure } from '../../../model/failure.ts';
import type { Json } from '../../../model/json.ts';
import type { Monitor } from '../../../qmp/monitor.ts';

/**
 * What QEMU fills in when a device comes, from what it finds then: queues by the vCPUs of the start (QEMU
 * hw/virtio/virtio-pci.c, virtio_pci_optimal_num_queues), places in memory by the modules that are there already.
 */
const byDriver: Readonly<Record<string, readonly string[]>> = {
  'virtio-blk-pci': ['num-queues'],
  'vhost-user-blk-pci': ['num-queues'],
  'virtio-scsi-pci': ['num_queues'],
  'vhost-scsi-pci': ['num_queues'],
  'vhost-user-scsi-pci': ['num_queues'],
  'pc-dimm': ['addr', 'slot'],
  nvdimm: ['addr', 'slot'],
  'virtio-mem-pci': ['memaddr'],
  'virtio-pmem-pci': ['memaddr'],
};

/** Of a running machine: a new QEMU that is to take over its state has to be told, since it would decide otherwise. */
export async function decidedByQemu(
  monitor: Monitor,
  signal: AbortSignal,
): Promise<NonNullable<SavedState['decided']>> {
  const path = '/machine/peripheral';
  const children = await monitor.execute<readonly { readonly name: string; readonly type: string }[]>(
    'qom-list',
    { path },
    { signal },
  );
  const found: Record<string, Record<string, Json>> = {};
  for (const { name, type } of children) {
    const driver = /^child<(.*?)(-(non-)?transitional)?>$/.exec(type)?.[1] ?? '';
    for (const property of byDriver[driver] ?? []) {
      const value = await propertyOf(monitor, `${path}/${name}`, property, signal);
      if (value !== undefined) found[name] = { ...found[name], [property]: value };
    }
  }
  return found;
}

/** Undefined: this QEMU has no such property. */
function propertyOf(
  monitor: Monitor,
  path: string,
  property: string,
  signal: AbortSignal,
): Promise<Json | undefined> {
  return monitor.execute<Json>('qom-get', { path, property }, { signal }).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'qmp-error') return undefined;
    throw error;
  });
}
