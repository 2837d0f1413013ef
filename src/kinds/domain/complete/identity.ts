import { keyText } from '../../../model/resource.ts';
import { uuidText } from '../../../model/uuid-text.ts';
import type { DeviceDrafts } from './draft.ts';
import { sha1 } from './sha1.ts';

/** Namespace of Qonverge's name-based UUIDs: 5d0c3c5e-6a2b-4f0e-9d53-716f6e766572. Never changes. */
const namespace = [
  0x5d, 0x0c, 0x3c, 0x5e, 0x6a, 0x2b, 0x4f, 0x0e, 0x9d, 0x53, 0x71, 0x6f, 0x6e, 0x76, 0x65, 0x72,
];

/** UUID version 5 of the key: the same domain gets the same UUID on every host. */
export function domainUuid(name: string): string {
  const digest = sha1(namespace, keyText({ kind: 'Domain', name })).slice(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(hex(digest));
}

/** QEMU's prefix and three bytes that follow from the domain and the device, never from its place in the list. */
export function assignMacs(interfaces: DeviceDrafts['interfaces'], uuid: string): void {
  const taken = new Set(interfaces.map((one) => one.mac?.toLowerCase()));
  for (const one of interfaces) {
    if (one.mac !== undefined) continue;
    for (let attempt = 0; one.mac === undefined; attempt += 1) {
      const digest = hex(sha1([], `${uuid}/${one.name ?? one.alias ?? ''}/${attempt}`).subarray(0, 3));
      const mac = `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
      if (taken.has(mac)) continue;
      taken.add(mac);
      one.mac = mac;
    }
  }
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
