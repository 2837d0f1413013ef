import type { Crypto } from '../../../model/domain-devices.ts';
import { virtioDriver, virtioProperties } from '../command-line/machine-view.ts';
import type { DeviceBuild } from './contract.ts';

export function buildCrypto(crypto: Crypto, { view, args }: DeviceBuild): void {
  const { alias: id, backend = 'builtin', queues } = crypto;
  const object = `obj${id}`;
  args.json('-object', { 'qom-type': `cryptodev-backend-${backend}`, id: object, queues });
  args.device(virtioDriver('virtio-crypto', crypto.model), {
    cryptodev: object,
    id,
    ...virtioProperties(crypto.virtio),
    ...view.place(crypto),
  });
}
