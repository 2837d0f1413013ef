import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/kinds/table.ts';
import { decodeFile } from '../../../src/manifest/decode.ts';
import { render } from '../../compare/candidate.ts';

/** What `virsh dumpxml` of libvirt 9.1 to 11 says, and the one before it does not know. */
function domain(parts: {
  os?: string;
  cpu?: string;
  features?: string;
  devices?: string;
  id?: string;
}): string {
  return `<domain type='kvm'${parts.id ?? ''}><name>a</name><memory unit='MiB'>512</memory><vcpu>2</vcpu>
${parts.os ?? "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"}
<features><acpi/>${parts.features ?? ''}</features>${parts.cpu ?? ''}
<devices>${parts.devices ?? ''}</devices></domain>`;
}

function wordsOf(xml: string): string {
  const { words, refusal } = render('domain.xml', xml);
  expect(refusal).toBeUndefined();
  return words?.join(' ') ?? '';
}

const flash = "<loader readonly='yes' secure='no' type='pflash' format='qcow2'>/fw/code.qcow2</loader>";
const efi = (inner: string) =>
  `<os firmware='efi'><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>${inner}</os>`;

describe('a dump of a newer libvirt', () => {
  test('names the firmware that was found beside the wish for it', () => {
    const xml = domain({
      os: efi(
        `${flash}<nvram template='/fw/vars.qcow2' templateFormat='qcow2' format='qcow2'>/vars/a.qcow2</nvram>`,
      ),
    });
    expect(wordsOf(xml)).toContain('"driver":"qcow2","file":"pflash0-storage"');
    expect(wordsOf(xml)).toContain('"driver":"qcow2","file":"pflash1-storage"');
    expect(render('domain.xml', xml).xml).toContain("firmware='efi'");
  });

  test.each<[string, Parameters<typeof domain>[0], string]>([
    ['the number of a running domain', { id: " id='7'" }, '-name'],
    [
      'one cluster a die',
      { cpu: "<cpu><topology sockets='1' dies='1' clusters='1' cores='2' threads='1'/></cpu>" },
      'sockets=1,dies=1,cores=2,threads=1',
    ],
    [
      'a limit of address bits',
      { cpu: "<cpu mode='host-passthrough'><maxphysaddr mode='passthrough' limit='39'/></cpu>" },
      'host-phys-bits=on,host-phys-bits-limit=39',
    ],
    [
      'the watchdog of the chipset, beside another',
      {
        devices: "<watchdog model='itco' action='pause'/><watchdog model='i6300esb' action='pause'/>",
      },
      'ICH9-LPC.noreboot=off -watchdog-action pause',
    ],
    [
      'parts of the TLB flush',
      {
        features:
          "<hyperv><tlbflush state='on'><direct state='on'/><extended state='on'/></tlbflush></hyperv>",
      },
      'hv-tlbflush=on,hv-tlbflush-direct=on,hv-tlbflush-ext=on',
    ],
    [
      'a card that encrypts',
      { devices: "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>" },
      '{"qom-type":"cryptodev-backend-builtin","id":"objcrypto0","queues":1}',
    ],
    [
      'how much is discarded together',
      {
        devices:
          "<disk type='file'><source file='/a'/><target dev='vda'/><blockio discard_granularity='4096'/></disk>",
      },
      '"discard_granularity":4096',
    ],
  ])('has %s', (_, parts, words) => {
    expect(wordsOf(domain(parts))).toContain(words);
  });

  test('says how an I/O thread looks for work', () => {
    const threads =
      "<iothreadids><iothread id='2'><poll max='65536' grow='2' shrink='4'/></iothread></iothreadids>";
    const xml = domain({}).replace('<os>', `${threads}<os>`);
    expect(wordsOf(xml)).toContain('"id":"iothread2","poll-max-ns":65536,"poll-grow":2,"poll-shrink":4');
    expect(render('domain.xml', xml).xml).toContain("<poll max='65536' grow='2' shrink='4'/>");
  });

  test.each([
    ["<sound model='virtio'/>", 'virtio', 'QEMU 8.2'],
    ["<audio id='1' type='pipewire'/>", 'pipewire', 'QEMU 8.1'],
    [
      "<disk type='file'><driver name='qemu'><iothreads><iothread id='1'/></iothreads></driver><source file='/a'/><target dev='vda'/></disk>",
      '<iothreads>',
      'QEMU 9.0',
    ],
    [
      "<disk type='vhostvdpa'><source dev='/dev/vhost-vdpa-0'/><target dev='vda'/></disk>",
      'vhostvdpa',
      'QEMU 8.1',
    ],
    ["<controller type='nvme' index='0'/>", 'nvme', 'not supported yet'],
    ["<pstore backend='acpi-erst'><path>/a</path></pstore>", '<pstore>', 'not supported yet'],
  ])('with %s is refused by name, and with the QEMU that would have it', (devices, name, version) => {
    const { diagnostics } = decodeFile({ path: 'domain.xml', text: domain({ devices }) }, kinds);
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    expect(first).toMatchObject({ code: 'not-supported', line: 4 });
    expect(first?.message).toContain(name);
    expect(first?.message).toContain(version);
    expect(first?.suggestion ?? '').not.toContain('did you mean');
  });

  test('without PS/2 has neither mouse nor keyboard of that bus', () => {
    const xml = domain({ features: "<ps2 state='off'/>" });
    expect(wordsOf(xml)).toContain('i8042=off');
    expect(render('domain.xml', xml).xml).not.toContain("bus='ps2'");
  });

  test('whose variables would have to be converted is refused', () => {
    const xml = domain({
      os: efi(`${flash}<nvram template='/fw/vars.fd' templateFormat='raw' format='qcow2'>/vars/a</nvram>`),
    });
    const { diagnostics } = decodeFile({ path: 'domain.xml', text: xml }, kinds);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'not-supported', path: 'spec.os.nvram.templateFormat', line: 2 },
    ]);
  });

  test('whose TPM has a profile keeps it, and says that a new state has none of it', () => {
    const tpm =
      "<tpm model='tpm-crb'><backend type='emulator' version='2.0'><profile name='default-v1'/></backend></tpm>";
    const xml = domain({ devices: tpm });
    expect(render('domain.xml', xml).xml).toContain("<profile name='default-v1'/>");
    expect(decodeFile({ path: 'domain.xml', text: xml }, kinds).diagnostics).toMatchObject([
      { code: 'not-supported', severity: 'warning', path: 'spec.devices.tpms[0].profile' },
    ]);
  });
});
