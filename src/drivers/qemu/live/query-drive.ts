import type { Monitor } from '../../../qmp/monitor.ts';
import { say } from './say.ts';

/** Of QMP `query-block`: what a drive has in it, and what it may do. */
export interface Drive {
  readonly qdev?: string;
  readonly tray_open?: boolean;
  readonly locked?: boolean;
  readonly inserted?: Readonly<Record<string, unknown>> & {
    readonly 'node-name'?: string;
    readonly file?: string;
    readonly image?: { readonly 'virtual-size': number };
  };
}

export function queryDrives(monitor: Monitor, signal?: AbortSignal): Promise<readonly Drive[]> {
  return say<Drive[]>(monitor, 'query-block', undefined, signal);
}

/** QEMU names a drive by its id, or by the path of what is inside of it (virtio). */
export function driveOf(drives: readonly Drive[], id: string): Drive | undefined {
  return drives.find(
    ({ qdev }) =>
      qdev === id || qdev?.startsWith(`/machine/peripheral/${id}/`) || qdev === `/machine/peripheral/${id}`,
  );
}
