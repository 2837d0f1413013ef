import type { Tpm } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

/** The TPM is a process of its own, swtpm, behind a socket in the run directory. */
export function buildTpm(tpm: Tpm, { context, args }: DeviceBuild): void {
  const { alias: id = 'tpm0', model = 'tpm-tis' } = tpm;
  const chardev = `chr${id}`;
  args.add('-chardev', words('socket', { id: chardev, path: `${context.directory}/swtpm.sock` }));
  args.add('-tpmdev', words('emulator', { id: `tpm-${id}`, chardev }));
  args.device(model, { tpmdev: `tpm-${id}`, id });
}
