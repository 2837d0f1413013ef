import type { NvmeStorage, SecretReference } from '../../model/domain-devices.ts';
import type { TouchRule } from '../../model/touch.ts';
import { networkTouches } from './network-touches.ts';
import { pciText } from './pci-text.ts';
import { unreadHead } from './unread-head.ts';

const secret: TouchRule = (value) => {
  const { uuid, usage } = value as SecretReference;
  return { reach: 'secret', value: uuid ?? usage ?? '' };
};

/** What the source of a disk, or of an image below it, reaches; files and block devices have rows of their own. */
export function storageTouches(at: string): Readonly<Record<string, TouchRule>> {
  return {
    [`${at}.dir`]: 'share',
    [`${at}.volume`]: 'volume',
    [`${at}.pool`]: 'volume',
    [`${at}.network`]: networkTouches,
    [`${at}.nvme`]: (value, owner) => [
      { reach: 'pci-device', value: pciText(value as NvmeStorage) },
      ...unreadHead(owner),
    ],
    [`${at}.vhostuser`]: (value) => ({
      reach: 'socket',
      value: String((value as { readonly path?: unknown }).path),
      writes: true,
    }),
    [`${at}.encryption.secret`]: secret,
    [`${at}.reservations`]: (value) => {
      const { path } = value as { readonly path?: string };
      return path === undefined
        ? { reach: 'resource', value: 'persistent-reservations' }
        : { reach: 'socket', value: path, writes: true };
    },
    [`${at}.labels`]: () => ({ reach: 'resource', value: 'security-label' }),
  };
}
