import { join } from 'node:path';
import { encodeName } from '../../host/paths.ts';
import type { QemuDeps } from './deps.ts';

/** What one domain's QEMU says. */
export function logFile({ paths }: Pick<QemuDeps, 'paths'>, name: string): string {
  return join(paths.logDir, `${encodeName(name)}.log`);
}
