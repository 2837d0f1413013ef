import { choice } from '../shape/choice.ts';
import { type ElementCodec, elementCodec } from '../shape/element-codec.ts';
import type { Shape } from '../shape/field.ts';
import { xmlName } from '../shape/location.ts';
import { onOff } from '../shape/on-off.ts';
import type { XmlCursor } from '../shape/xml-cursor.ts';

/** Of other architectures: libvirt refuses them for x86. */
const refused = ['gic', 'hpt', 'htm', 'nested-hv', 'ccf-assist', 'cfpc', 'sbbc', 'ibs'];

interface Xen {
  readonly e820Host?: boolean;
  readonly passthrough?: boolean;
  readonly mode?: 'sync_pt' | 'share_pt';
}

const xen = elementCodec<Xen>(
  'features/xen',
  {
    e820Host: onOff('e820_host@state', ''),
    passthrough: onOff('passthrough@state', ''),
    mode: choice('passthrough@mode', ['sync_pt', 'share_pt'], ''),
  },
  { xmlNeeds: 'e820_host@state passthrough@state' },
);

/** Those of Linux, as libvirt's containers may have them. */
const ofContainers = (
  'audit_control audit_write block_suspend chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner ' +
  'kill lease linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw ' +
  'setgid setfcap setpcap setuid sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace ' +
  'sys_rawio sys_resource sys_time sys_tty_config syslog wake_alarm'
).split(' ');

type Capabilities = Readonly<Record<string, unknown>>;

const capabilities = elementCodec<Capabilities>('features/capabilities', {
  policy: choice('@policy', ['default', 'allow', 'deny'], ''),
  ...Object.fromEntries(ofContainers.map((name) => [name, onOff(`${name}@state`, '')])),
} as Shape<Capabilities>);

/** Of other hypervisors: libvirt keeps them for QEMU too, so they are read to be judged as it judges them. */
const meaningless: Readonly<Record<string, Pick<ElementCodec<object>, 'fromXml'>>> = { xen, capabilities };

/** Reads the features that are not for a PC under QEMU: no definition carries them. */
export function readForeignFeatures(cursor: XmlCursor, path: string): void {
  for (const name of [...refused, ...Object.keys(meaningless)]) {
    const child = cursor.descend([xmlName(name)]);
    if (child === undefined) continue;
    const place = `${path}/${name}`;
    const codec = meaningless[name];
    codec?.fromXml(child, place);
    child.ignore();
    cursor.decoding.positions.set(place, child.element.position);
    cursor.decoding.problems.push({
      ...(codec === undefined ? {} : { severity: 'warning' }),
      code: 'not-supported',
      path: place,
      message:
        codec === undefined
          ? `the feature ${name} is not supported on x86_64`
          : `the feature ${name} means nothing to QEMU, and is not kept`,
      suggestion: 'leave it out',
    });
  }
}
