import type { Case } from './cases.ts';
import type { Outcome } from './outcome.ts';
import type { Difference } from './xml-facts.ts';

interface Known {
  /** Of area/name. */
  readonly in?: RegExp;
  /** Of place and words of a difference, or of why one side refuses. */
  readonly what: RegExp;
  readonly reason: string;
}

/** Every difference from libvirt that we know of, and why it is there. What is not here fails a test. */
const known: readonly Known[] = [
  { what: /not supported yet/, reason: 'to come: until then an error says so' },
  {
    what: /virtconsole/,
    reason: 'libvirt leaves the ports of virtio consoles to QEMU, which takes the same ones',
  },
  { what: /kvm-pit\.lost_tick_policy/, reason: 'TCG has no kvm-pit: the option changes nothing' },
  { what: /-smp .*\.dies=1$/, reason: "one die is QEMU's default" },
  { what: /usb-storage .*\.removable=off$/, reason: "off is QEMU's default" },
  {
    in: /^(memory\/hugepages|hostdev\/|platform\/hostdev-|display\/egl-headless)/,
    what: /libvirt builds no command line/,
    reason: 'the host on which it was recorded lacks hugepages and the devices',
  },
  {
    in: /^tuning\/numad$/,
    what: /libvirt builds no command line|Advice from numad/,
    reason: 'nodes are chosen by numad, which neither side asks',
  },
  {
    what: /graphics\/listen|graphics@(port|autoport)/,
    reason: "libvirt says the same twice; a spice port of -1 is autoport='yes'",
  },
  { in: /^os\/i686/, what: /devices\/emulator/, reason: 'qemu-system-x86_64 runs 32-bit guests too' },
  { in: /^disk\/lun$/, what: /unfiltered sgio/, reason: 'to come: sgio is taken and filters nothing' },
  {
    in: /^platform\/virtiofs$/,
    what: /filesystem@accessmode/,
    reason: 'passthrough is the only mode of virtiofs, and not written',
  },
  {
    in: /^(memory\/words-of-nvdimms|sound\/words-of-other-backends)$/,
    what: /^xml .*(only ours|libvirt \(none\))/,
    reason: 'libvirt drops without a word what is for another model or type; it stays, with a warning',
  },
  {
    in: /^display\/spice-secure-channels$/,
    what: /tls-port|x509-dir/,
    reason: 'the port is chosen at each start, and the directory of certificates is a setting of libvirtd',
  },
  {
    in: /^controller\/order$/,
    what: /domain\/devices: children in another order/,
    reason: 'libvirt sorts controllers each time that it reads them; they stay as written',
  },
  {
    in: /hole-on-port/,
    what: /pcihole64/,
    reason: 'libvirt drops it without a word; it means nothing there',
  },
  {
    in: /^refused\/no-such-machine/,
    what: /does not support machine type/,
    reason: 'which machines there are is known by the QEMU of the host, at start',
  },
  {
    in: /^chardev\/xen-channel/,
    what: /"xen"/,
    reason: 'there are no Xen channels in QEMU; libvirt notices at start',
  },
];

/** What of an outcome nobody has explained. */
export function unexplained({ area, name }: Case, { verdict, why, argv, xml }: Outcome): string[] {
  const isKnown = (text: string) =>
    known.some((row) => row.what.test(text) && (row.in?.test(`${area}/${name}`) ?? true));
  const words = ({ where, what }: Difference) => `${where}: ${what}`;
  const found = [...argv.map((one) => `argv ${words(one)}`), ...xml.map((one) => `xml ${words(one)}`)];
  if (verdict !== 'both take it' && verdict !== 'both refuse it') found.push(`${verdict}: ${why}`);
  return found.filter((text) => !isKnown(text));
}
