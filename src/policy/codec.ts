import { bytes } from '../kinds/shape/bytes.ts';
import { choice } from '../kinds/shape/choice.ts';
import { elementCodec } from '../kinds/shape/element-codec.ts';
import { type Field, required } from '../kinds/shape/field.ts';
import { integer } from '../kinds/shape/integer.ts';
import { list, values } from '../kinds/shape/list.ts';
import { object } from '../kinds/shape/object.ts';
import { path, text } from '../kinds/shape/text.ts';
import type { GrantedDevices, GrantedPaths, PolicyEntry, Quota } from './policy.ts';

/** An empty list says something here: nothing is granted. */
function granted(field: Field<string>, about: string): Field<readonly string[]> {
  const plain = values('item', field, about);
  return {
    ...plain,
    fromYaml: (value, at, decoding) =>
      Array.isArray(value) && value.length === 0 ? [] : plain.fromYaml(value, at, decoding),
  };
}

const patterns = (about: string) => granted(text('.', about), about);
const directories = (about: string) => granted(path('.', about), about);
const count = (about: string) => integer('.', about, { minimum: 0, maximum: 1_000_000_000 });

const pathsCodec = elementCodec<GrantedPaths>('paths', {
  images: directories('Directories of disk images that guests may read and write.'),
  iso: directories('Directories of media that guests may read.'),
  kernel: directories('Directories of kernels, initial ram disks and device trees.'),
  firmware: directories('Directories of firmware images, their templates and ROM files.'),
  share: directories('Directories that may be shared with guests.'),
  sockets: directories('Directories of unix sockets and pipes.'),
  logs: directories('Directories that the output of guests may be written to.'),
});

const devicesCodec = elementCodec<GrantedDevices>('devices', {
  pci: patterns('PCI devices: `0000:3b:00.*`.'),
  usb: patterns('USB devices: `vendor:product` or `bus.device`.'),
  mdev: patterns('Mediated devices by uuid.'),
  scsi: patterns('SCSI devices of the host.'),
  block: patterns('Block devices: `/dev/vg0/*`.'),
  char: patterns('Character devices: `/dev/ttyUSB*`.'),
});

const quotaCodec = elementCodec<Quota>('quota', {
  domains: count('How many domains.'),
  volumes: count('How many volumes.'),
  networks: count('How many networks.'),
  snapshots: count('How many snapshots.'),
  vcpus: count('Virtual processors of all domains together.'),
  memory: bytes('.', 'Memory of all domains together.', { unit: 'bytes', minimum: 0 }),
  disk: bytes('.', 'Capacity of all volumes together.', { unit: 'bytes', minimum: 0 }),
  taps: count('Interfaces with a tap on the host.'),
  iops: count('Operations per second of all disks together; each disk needs a limit then.'),
});

const entryCodec = elementCodec<PolicyEntry>('sources', {
  source: required(text('.', 'Pattern of the source: `https://git.example.com/*`, `/etc/qonverge/vms`.')),
  path: text('.', 'Only specs below this directory of the source.'),
  base: choice(
    '.',
    ['operator', 'tenant'],
    'Built-in policy whose lists hold where none is given. Default: tenant.',
  ),
  kinds: patterns('Kinds that may be declared.'),
  namePrefix: text('.', 'Names must begin so.', { maxLength: 60 }),
  paths: object('.', pathsCodec, 'Directories of the host, by what they hold.'),
  devices: object('.', devicesCodec, 'Devices of the host, by their class.'),
  bridges: patterns('Bridges of the host.'),
  networks: patterns('Networks that are declared here.'),
  interfaces: patterns('Network interfaces of the host, also taps that exist already.'),
  listen: patterns('Addresses to listen on: `127.0.0.1:*`.'),
  connect: patterns('Addresses to connect to: `nbd.example.com:10809`.'),
  emulators: patterns('Emulators by path.'),
  machineTypes: patterns('Machine types: `pc-q35-*`.'),
  rawQemuArgs: patterns(
    'Raw QEMU arguments, each one as it stands: `-fw_cfg`, `name=opt/com.example,string=*`.',
  ),
  resources: patterns(
    'What of the host as a whole: hugepages, locked-memory, memory-file, enclave-memory, shared-memory, numa-placement, cpu-pinning, cpu-tuning, block-tuning, partition, perf, launch-security, vsock-cid, host-crypto, host-network, host-loopback, host-smbios, host-certificates, host-display, host-sound, vhost-user-gpu, smartcard, raw-scsi, remote-formats, persistent-reservations, guest-mac-filters, stdio, dbus, security-label, coredump.',
  ),
  secrets: patterns('Secrets that may be named.'),
  volumes: patterns('Volumes of other sources that may be used.'),
  adopts: patterns('Sources whose resources it may take over by their name.'),
  quota: object('.', quotaCodec, 'The most of it all.'),
});

/** The file without its head. */
export const policyCodec = elementCodec<{ readonly sources: readonly PolicyEntry[] }>('policy', {
  sources: required(list('sources', entryCodec, 'Entries: the first that fits a source counts.')),
});
