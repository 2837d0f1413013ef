import type { Tpm } from '../../../model/domain-devices.ts';
import { words } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';

/** The TPM is a process of its own, ours in the run directory or another's, or the chip of the host. */
export function buildTpm(tpm: Tpm, { view, context, args }: DeviceBuild): void {
  const { alias: id = 'tpm0', model = 'tpm-tis', backend = 'emulator' } = tpm;
  const tpmdev = `tpm-${id}`;
  if (backend === 'passthrough') {
    const path = tpm.device ?? '/dev/tpm0';
    const name = path.slice(path.lastIndexOf('/') + 1);
    const cancel = `/sys/class/tpm/${name}/device/cancel`;
    args.add('-tpmdev', words('passthrough', { id: tpmdev, path, 'cancel-path': cancel }));
  } else {
    const chardev = `chr${id}`;
    const path = backend === 'external' ? tpm.source?.path : `${context.directory}/swtpm.sock`;
    args.add('-chardev', words('socket', { id: chardev, path }));
    args.add('-tpmdev', words('emulator', { id: tpmdev, chardev }));
  }
  args.device(model, { tpmdev, id, ...view.place(tpm) });
}
