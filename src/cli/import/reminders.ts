import { exists } from '../../host/files.ts';
import { readImageHead } from '../../host/image-head.ts';
import { encodeName } from '../../host/paths.ts';
import { baselineCapabilities } from '../../kinds/domain/baseline-capabilities.ts';
import { type Fence, unsetFences } from '../../kinds/domain/unset-fences.ts';
import type { DomainSpec } from '../../model/domain.ts';
import type { DomainDevices, Interface, SecretReference } from '../../model/domain-devices.ts';
import type { Kept } from './kept-beside.ts';
import type { Change } from './standalone.ts';

/** What a person has to see to. */
export interface Reminder {
  /** Where the comment stands in the file: a definition path, `''` above all. */
  readonly path: string;
  readonly comment: string;
  /** Its row in the table: what of the host or of libvirt, and what to do about it. */
  readonly row?: readonly [what: string, todo: string];
}

export interface Surroundings {
  readonly name: string;
  readonly changes: ReadonlyMap<string, Change>;
  readonly kept: Kept | undefined;
  /** Where libvirt keeps what is its own; undefined: not on this host. */
  readonly stateDir: string | undefined;
}

/** Where a machine leans on something that libvirt has or does, and this host may not. */
export async function remindersOf(spec: DomainSpec, around: Surroundings): Promise<readonly Reminder[]> {
  const { devices = {}, emulator } = spec;
  return [
    ...keptReminders(around.kept),
    ...(emulator !== undefined && emulator !== baselineCapabilities.emulator
      ? [{ path: 'spec.emulator', comment: 'must be on this host, and allowed by its policy' }]
      : []),
    ...Array.from(around.changes, ([path, change]) => changeReminder(path, change)),
    ...networkReminders(devices),
    ...secretReminders(spec),
    ...(await tpmReminders(spec, around)),
    ...(await unnamedImages(devices)),
  ];
}

function changeReminder(path: string, { from, host, service }: Change): Reminder {
  const comment = `libvirt's ${from}${service ? ` (${service})` : ''}`;
  if (host === undefined) return { path, comment };
  const todo = service
    ? `keep libvirt's ${from} (${service}), or make the bridge yourself`
    : host.startsWith('PCI')
      ? 'vfio-pci must hold it: driverctl set-override, or vfio-pci.ids= for the kernel'
      : 'must be there before the machine starts';
  return { path, comment, row: [host, todo] };
}

function* networkReminders({ disks = [], interfaces = [] }: DomainDevices): Generator<Reminder> {
  for (const [at, { volume }] of disks.entries())
    if (volume !== undefined)
      yield {
        path: `spec.devices.disks[${at}]`,
        comment: `needs a Volume named ${volume}; or write file: and its path in libvirt's pool`,
        row: [`volume ${volume}`, 'pool not known: write file: and what `virsh vol-path` says'],
      };
  for (const [at, card] of interfaces.entries()) {
    const path = `spec.devices.interfaces[${at}]`;
    if (card.network !== undefined)
      yield {
        path,
        comment: `libvirt's network ${card.network}: write the bridge that is behind it`,
        row: [`network ${card.network}`, 'not known: write bridge: and what `virsh net-dumpxml` says'],
      };
    for (const fence of unsetFences(card))
      yield {
        path,
        comment: `does not start with its ${fence}: put it on the host's side and leave it out here`,
        row: [wordsOf(fence, card), `no start with it: do it on the host's side, and leave ${fence} out`],
      };
  }
}

function wordsOf(fence: Fence, { filter, vlan, virtualport, bridge }: Interface): string {
  switch (fence) {
    case 'filter':
      return `filter ${filter?.filter}`;
    case 'vlan':
      return `VLAN ${vlan?.tags.map(({ id }) => id).join(', ')}`;
    case 'virtualport':
      return `port of ${virtualport?.type ?? 'a switch'}`;
    case 'bandwidth':
      return `limits on ${bridge}`;
  }
}

/** Values are never asked of libvirt: what they open is for a person to hand on. */
function* secretReminders({ devices: { disks = [], hostdevs = [] } = {} }: DomainSpec): Generator<Reminder> {
  const of = (path: string, secret: SecretReference, isCeph: boolean): Reminder => {
    const { uuid, usage = '' } = secret;
    // Ceph's key is a text in base 64 and stays one.
    const value = `virsh secret-get-value ${uuid ?? 'UUID'}${isCeph ? '' : ' | base64 -d'}`;
    const file = `/var/lib/qonverge/secrets/${encodeName(uuid ?? usage)}`;
    return {
      path,
      comment: 'the value of its secret is read from a file of this host',
      row: [`secret ${uuid ?? usage}`, `umask 077; ${value} > ${file}`],
    };
  };
  for (const [at, disk] of disks.entries()) {
    const path = `spec.devices.disks[${at}]`;
    const { encryption, network } = disk;
    if (encryption?.secret !== undefined) yield of(`${path}.encryption`, encryption.secret, false);
    if (network?.auth !== undefined)
      yield of(`${path}.network`, network.auth.secret, network.protocol === 'rbd');
  }
  for (const [at, { scsi }] of hostdevs.entries())
    if (scsi?.auth !== undefined) yield of(`spec.devices.hostdevs[${at}]`, scsi.auth.secret, false);
}

const tpmDirectory = '/var/lib/libvirt/swtpm';

/** Keys of BitLocker and the like are in it: a TPM made anew is another one to the guest. */
async function tpmReminders(
  { uuid = 'UUID', devices = {} }: DomainSpec,
  { name, stateDir }: Surroundings,
): Promise<readonly Reminder[]> {
  const [tpm] = devices.tpms ?? [];
  if (tpm === undefined || (tpm.backend ?? 'emulator') !== 'emulator') return [];
  const directory = `${tpmDirectory}/${uuid}`;
  if (stateDir !== undefined && !(await exists(directory))) return [];
  const own = `/var/lib/qonverge/tpm/${encodeName(name)}`;
  const todo = `mkdir -p ${own} && cp -a ${directory}/${tpm.version === '1.2' ? 'tpm1.2' : 'tpm2'}/. ${own}/`;
  return [
    {
      path: 'spec.devices.tpms',
      comment: `its state is libvirt's (${directory}): copy it, or the guest finds an empty TPM`,
      row: ['state of its TPM', todo],
    },
  ];
}

function* keptReminders(kept: Kept | undefined): Generator<Reminder> {
  if (kept?.saved)
    yield {
      path: '',
      comment: 'libvirt holds its memory (managedsave): start it there and shut it down, or that is lost.',
      row: ['saved state', 'start it under libvirt and shut it down, or virsh managedsave-remove'],
    };
  for (const [list, word, flag] of [
    [kept?.snapshots ?? [], 'snapshot', '--snapshots-metadata'],
    [kept?.checkpoints ?? [], 'checkpoint', '--checkpoints-metadata'],
  ] as const) {
    if (list.length === 0) continue;
    const count = `${list.length} ${word}${list.length === 1 ? '' : 's'}`;
    yield {
      path: '',
      comment: `libvirt knows ${count} of it, not taken over: ${list.join(', ')}.`,
      row: [count, `images keep what is in them; libvirt forgets it: virsh undefine ${flag}`],
    };
  }
}

/** libvirt looks for backing files in the image; here the spec names what is read. */
async function unnamedImages({ disks = [] }: DomainDevices): Promise<readonly Reminder[]> {
  const notes = disks.map(async ({ file, format = 'raw', backingStore }, at) => {
    if (file === undefined || backingStore !== undefined || !(await exists(file))) return [];
    const { wants } = await readImageHead(file, format);
    if (wants !== 'a backing file') return [];
    const comment = `it has a backing file: name it in backingStore (qemu-img info --backing-chain ${file})`;
    return [{ path: `spec.devices.disks[${at}]`, comment }];
  });
  return (await Promise.all(notes)).flat();
}
