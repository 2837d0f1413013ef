import type { SecretReference } from '../../../model/domain-devices.ts';
import type { DeviceBuild } from './contract.ts';

/** A secret of this host for QEMU. It reads the value from a file itself: no argument, environment or log has it. */
export function addSecret(id: string, secret: SecretReference, { args, context }: DeviceBuild): string {
  args.json('-object', { 'qom-type': 'secret', id, format: 'raw', file: context.secretFile(secret) });
  return id;
}
