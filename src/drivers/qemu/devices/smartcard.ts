import type { Smartcard } from '../../../model/domain-devices.ts';
import { buildChardev } from '../command-line/chardev.ts';
import type { DeviceBuild } from './contract.ts';

const defaultDatabase = '/etc/pki/nssdb';

export function buildSmartcard(card: Smartcard, { view, context, args }: DeviceBuild): void {
  const place = { id: card.alias, ...view.place(card) };
  switch (card.mode) {
    case 'host':
      return args.device('ccid-card-emulated', { backend: 'nss-emulated', ...place });
    case 'host-certificates': {
      const [cert1, cert2, cert3] = card.certificates ?? [];
      const db = card.database ?? defaultDatabase;
      return args.device('ccid-card-emulated', {
        backend: 'certificates',
        cert1,
        cert2,
        cert3,
        db,
        ...place,
      });
    }
    case 'passthrough': {
      const source = { ...card.source, ...(card.alias === undefined ? {} : { alias: card.alias }) };
      const chardev = buildChardev(source, context.directory, args, { spice: 'smartcard' });
      return args.device('ccid-card-passthru', { chardev, ...place });
    }
  }
}
