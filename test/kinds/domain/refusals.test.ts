import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/kinds/table.ts';
import { decodeFile } from '../../../src/manifest/decode.ts';

/** XML of one mistake, and what is said of it: code, path and column. */
type Table = readonly (readonly [xml: string, said: string])[];

const onPc: Table = [
  ["<graphics type='vnc' autoport='no'/>", 'missing-field spec.devices.graphics[0].port 1'],
  ["<graphics type='vnc' port='0'/>", 'missing-field spec.devices.graphics[0].port 22'],
  [
    "<controller type='fdc'><address type='unassigned'/></controller>",
    'conflicting-options spec.devices.controllers[0].address 24',
  ],
  ["<input type='tablet' model='virtio'/>", 'conflicting-options spec.devices.inputs[0].model 22'],
  [
    "<rng model='virtio'><backend model='egd' type='unix'/></rng>",
    'missing-field spec.devices.rngs[0].egd.path 1',
  ],
  [
    "<serial type='pty'><target><model name='pci-serial'/></target></serial>",
    'conflicting-options spec.devices.serials[0].targetModel 35',
  ],
  [
    "<graphics type='sdl' display=':0'/><graphics type='vnc'><audio id='2'/></graphics>",
    'missing-reference spec.devices.graphics[1].audio 64',
  ],
  [
    "<graphics type='vnc'/><graphics type='dbus'><audio id='1'/></graphics>",
    'conflicting-options spec.devices.graphics[1].audio 52',
  ],
  [
    "<crypto model='virtio' type='qemu'><backend model='builtin' queues='2'/></crypto>",
    'conflicting-options spec.devices.cryptos[0].queues 61',
  ],
  [
    "<channel type='null'><target type='virtio' name='x'/><address type='virtio-serial' bus='1' port='1'/></channel>",
    'address-conflict spec.devices.channels[0].address.bus 84',
  ],
  ["<sound model='ich7'/>", 'not-supported spec.devices.sounds[0].model 8'],
  ["<console type='unix'/>", 'missing-field spec.devices.consoles[0].path 1'],
  ["<redirdev bus='usb' type='unix'/>", 'missing-field spec.devices.redirdevs[0].path 1'],
  [
    "<interface type='hostdev'><source><address type='usb' bus='1' device='1'/></source></interface>",
    'not-supported spec.devices.interfaces[0].usb 1',
  ],
  ["<watchdog model='itco'/>", 'not-supported spec.devices.watchdogs[0].model 11'],
  [
    "<controller type='usb' ports='6' model='piix3-uhci'/>",
    'conflicting-options spec.devices.controllers[0].ports 24',
  ],
  [
    "<controller type='usb' ports='16' model='qemu-xhci'/>",
    'invalid-value spec.devices.controllers[0].ports 24',
  ],
  ["<controller type='scsi' model='buslogic'/>", 'not-supported spec.devices.controllers[0].model 25'],
  [
    "<controller type='scsi' model='lsilogic'><driver queues='4'/></controller>",
    'conflicting-options spec.devices.controllers[0].queues 50',
  ],
  [
    "<controller type='scsi' model='virtio-scsi'><driver iothread='9'/></controller>",
    'missing-reference spec.devices.controllers[0].iothread 53',
  ],
  ["<controller type='pci' index='1'/>", 'missing-field spec.devices.controllers[0].model 1'],
  ["<controller type='pci' index='0'/>", 'missing-field spec.devices.controllers[0].model 1'],
  ["<controller type='usb' model='qusb2'/>", 'not-supported spec.devices.controllers[0].model 24'],
  ["<interface type='user'><boot/></interface>", 'missing-field spec.devices.interfaces[0]/boot@order 24'],
  [
    "<disk type='file'><source file='/a'/><target dev='fda' bus='usb'/></disk>",
    'conflicting-options spec.devices.disks[0].dev 46',
  ],
  [
    "<controller type='pci' index='1' model='pci-root'/>",
    'conflicting-options spec.devices.controllers[0].index 24',
  ],
  [
    "<controller type='pci' index='256' model='pci-bridge'/>",
    'limit-exceeded spec.devices.controllers[0].index 24',
  ],
  [
    "<controller type='pci' index='1' model='pci-bridge'><model name='pxb'/></controller>",
    'conflicting-options spec.devices.controllers[0].pciModelName 60',
  ],
  [
    "<controller type='pci' index='1' model='pci-bridge'><target chassis='3'/></controller>",
    'conflicting-options spec.devices.controllers[0].chassis 61',
  ],
  [
    "<controller type='pci' index='1' model='pci-bridge'><target chassisNr='0'/></controller>",
    'invalid-value spec.devices.controllers[0].chassisNr 61',
  ],
  [
    "<controller type='pci' index='1' model='pci-bridge'><target hotplug='off'/></controller>",
    'conflicting-options spec.devices.controllers[0].hotplug 61',
  ],
  [
    "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='255'/></controller>",
    'invalid-value spec.devices.controllers[0].busNr 67',
  ],
  ["<disk type='file'><source file='/a'/></disk>", 'missing-field spec.devices.disks[0]/target 1'],
  [
    "<disk type='file' sgio='filtered'><source file='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].sgio 19',
  ],
  [
    "<disk type='block' device='lun' sgio='unfiltered'><source dev='/a'/><target dev='sda' bus='scsi'/></disk>",
    'not-supported spec.devices.disks[0].sgio 33',
  ],
  [
    "<disk type='block' device='lun'><source dev='/a'/><target dev='sda' bus='sata'/></disk>",
    'conflicting-options spec.devices.disks[0].bus 69',
  ],
  [
    "<disk type='file' device='lun'><source file='/a'/><target dev='sda' bus='scsi'/></disk>",
    'conflicting-options spec.devices.disks[0].device 19',
  ],
  [
    "<disk type='block' device='lun'><source dev='/a'/><target dev='sda' bus='scsi'/><serial>a</serial></disk>",
    'conflicting-options spec.devices.disks[0].serial 81',
  ],
  [
    "<disk type='block' device='lun'><driver name='qemu' type='qcow2'/><source dev='/a'/><target dev='sda' bus='scsi'/></disk>",
    'conflicting-options spec.devices.disks[0].format 53',
  ],
  [
    "<disk type='file'><driver name='qemu' ioeventfd='on'/><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    'conflicting-options spec.devices.disks[0].ioeventfd 39',
  ],
  [
    "<disk type='file' model='virtio'><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    'conflicting-options spec.devices.disks[0].model 19',
  ],
  [
    "<disk type='file' device='cdrom'><driver name='qemu' copy_on_read='on'/><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    'conflicting-options spec.devices.disks[0].copyOnRead 54',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='sda' bus='usb'/><geometry cyls='1' heads='1' secs='1'/></disk>",
    'conflicting-options spec.devices.disks[0].geometry 67',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><geometry cyls='1' heads='1' secs='1' trans='lba'/></disk>",
    'conflicting-options spec.devices.disks[0].geometry.translation 95',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><readonly/><transient/></disk>",
    'conflicting-options spec.devices.disks[0].transient 68',
  ],
  [
    "<disk type='block'><source dev='/a'/><target dev='vda'/><transient/></disk>",
    'conflicting-options spec.devices.disks[0].transient 57',
  ],
  [
    "<disk type='network'><source protocol='nbd' startupPolicy='optional'><host name='h'/></source><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].startupPolicy 45',
  ],
  [
    "<disk type='file'><source file='/a' startupPolicy='requisite'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].startupPolicy 37',
  ],
  [
    "<disk type='dir'><driver name='qemu' type='fat'/><source dir='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].dir 58',
  ],
  [
    "<disk type='dir'><driver name='qemu' type='raw'/><source dir='/a'/><target dev='vda'/><readonly/></disk>",
    'conflicting-options spec.devices.disks[0].format 38',
  ],
  [
    "<disk type='file'><driver name='qemu' type='fat'/><source file='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].format 39',
  ],
  [
    "<disk type='file'><driver name='qemu' type='raw'><metadata_cache><max_size unit='MiB'>1</max_size></metadata_cache></driver><source file='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].metadataCache 66',
  ],
  [
    "<disk type='file'><driver name='qemu' type='vmdk'/><source file='/a'><encryption format='luks'><secret type='passphrase' usage='u'/></encryption></source><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].encryption 70',
  ],
  [
    "<disk type='file'><source file='/a'><encryption format='luks2'><secret type='passphrase' usage='u'/></encryption></source><target dev='vda'/></disk>",
    'not-supported spec.devices.disks[0].encryption.format 49',
  ],
  [
    "<disk type='file'><source file='/a'><encryption format='luks' engine='librbd'><secret type='passphrase' usage='u'/></encryption></source><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].encryption.engine 63',
  ],
  [
    "<disk type='file'><source file='/a'/><backingStore type='file'><format type='raw'/><source file='/b'/></backingStore><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].backingStore 38',
  ],
  [
    "<disk type='file'><driver name='qemu' type='qcow2'/><source file='/a'/><backingStore type='file'><format type='raw'/></backingStore><target dev='vda'/></disk>",
    'missing-field spec.devices.disks[0].backingStore 72',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><iotune><group_name>g</group_name></iotune></disk>",
    'missing-field spec.devices.disks[0].iotune.groupName 65',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><iotune><total_iops_sec>1000000000000001</total_iops_sec></iotune></disk>",
    'invalid-value spec.devices.disks[0].iotune.totalIopsSec 65',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><iotune><total_iops_sec>1</total_iops_sec><group_name>g</group_name></iotune></disk><disk type='file'><source file='/b'/><target dev='vdb'/><iotune><total_iops_sec>2</total_iops_sec><group_name>g</group_name></iotune></disk>",
    'conflicting-options spec.devices.disks[1].iotune.groupName 239',
  ],
  [
    "<disk type='vhostuser'><source type='unix' path='/a'/><target dev='vda'/></disk>",
    'missing-field spec.devices.disks[0].vhostuser 1',
  ],
  [
    "<disk type='network'><source protocol='nbd'/><target dev='vda'/></disk>",
    'invalid-value spec.devices.disks[0].network.hosts 1',
  ],
  [
    "<disk type='network'><source protocol='rbd' name='a'/><target dev='vda'/></disk>",
    'invalid-value spec.devices.disks[0].network.name 45',
  ],
  [
    "<disk type='network'><source protocol='http'><host name='h'/></source><target dev='vda'/></disk>",
    'missing-field spec.devices.disks[0].network.name 1',
  ],
  [
    "<disk type='network'><source protocol='iscsi' name='iqn.x/y'><host name='h'/></source><target dev='vda'/></disk>",
    'invalid-value spec.devices.disks[0].network.name 47',
  ],
  [
    "<disk type='network'><source protocol='http' name='a' tls='yes'><host name='h'/></source><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].network.tls 55',
  ],
  [
    "<disk type='network'><source protocol='http' name='a'><host name='h'/><cookies><cookie name='a'>b;c</cookie></cookies></source><target dev='vda'/></disk>",
    'invalid-value spec.devices.disks[0].network.cookies.a 80',
  ],
  [
    "<disk type='network'><source protocol='nbd'><host transport='unix'/></source><target dev='vda'/></disk>",
    'missing-field spec.devices.disks[0].network.hosts[0].socket 45',
  ],
  [
    "<disk type='network'><source protocol='nbd'><host port='1'/></source><target dev='vda'/></disk>",
    'missing-field spec.devices.disks[0].network.hosts[0].name 45',
  ],
  [
    "<disk type='network'><source protocol='gluster' name='a/b'><host name='h' transport='rdma'/></source><target dev='vda'/></disk>",
    'not-supported spec.devices.disks[0].network.hosts[0].transport 75',
  ],
  [
    "<disk type='network'><auth username='u'><secret type='iscsi' usage='u'/></auth><source protocol='rbd' name='a/b'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].network.auth.type 49',
  ],
  [
    "<disk type='network'><auth username='u'><secret type='ceph' usage='u' uuid='c0ffee00-0000-4000-8000-000000000001'/></auth><source protocol='rbd' name='a/b'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].network.auth.secret 41',
  ],
  [
    "<disk type='nvme'><source type='pci' namespace='0'><address domain='0' bus='1' slot='0' function='0'/></source><target dev='vda'/></disk>",
    'invalid-value spec.devices.disks[0].nvme.namespace 38',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' bus='1'/></disk>",
    'address-conflict spec.devices.disks[0].address.bus 90',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='vda'/><address type='pci' domain='1' slot='5'/></disk>",
    'invalid-value spec.devices.disks[0].address.domain 77',
  ],
  [
    "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><acpi index='3'/></disk>",
    'conflicting-options spec.devices.disks[0].acpiIndex 74',
  ],
  ["<filesystem><target dir='t'/></filesystem>", 'missing-field spec.devices.filesystems[0].dir 1'],
  ["<filesystem><source dir='/a'/></filesystem>", 'missing-field spec.devices.filesystems[0].target 1'],
  [
    "<filesystem fmode='0600'><source dir='/a'/><target dir='t'/></filesystem>",
    'conflicting-options spec.devices.filesystems[0].fileMode 13',
  ],
  [
    "<filesystem><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
    'missing-field spec.devices.filesystems[0].driver 21',
  ],
  ["<serial type='file'/>", 'missing-field spec.devices.serials[0].path 1'],
  [
    "<serial type='tcp'><source mode='bind' service='1'/></serial>",
    'missing-field spec.devices.serials[0].host 1',
  ],
  [
    "<serial type='udp'><source mode='connect' host='h'/></serial>",
    'missing-field spec.devices.serials[0].service 1',
  ],
  [
    "<serial type='tcp'><source mode='bind' host='h' service='1'><reconnect enabled='yes' timeout='1'/></source></serial>",
    'conflicting-options spec.devices.serials[0].reconnect 61',
  ],
  [
    "<serial type='tcp'><source mode='connect' host='h' service='1'><reconnect enabled='yes'/></source></serial>",
    'missing-field spec.devices.serials[0].reconnect.timeout 64',
  ],
  [
    "<serial type='tcp'><source mode='connect' host='h' service='1'><reconnect enabled='yes' timeout='0'/></source></serial>",
    'invalid-value spec.devices.serials[0].reconnect.timeout 89',
  ],
  ["<serial type='spicevmc'/><graphics type='spice'/>", 'conflicting-options spec.devices.serials[0].type 9'],
  [
    "<serial type='spiceport'><source channel='a'/></serial>",
    'missing-reference spec.devices.serials[0].type 9',
  ],
  ["<serial type='spiceport'/><graphics type='spice'/>", 'missing-field spec.devices.serials[0].channel 1'],
  [
    "<serial type='dbus'><source channel='a b'/></serial>",
    'invalid-value spec.devices.serials[0].channel 29',
  ],
  [
    "<serial type='pty'><target type='isa-serial'/><address type='pci' slot='5'/></serial>",
    'conflicting-options spec.devices.serials[0].address 47',
  ],
  [
    "<serial type='pty'><target type='isa-serial'><model name='pci-serial'/></target></serial>",
    'conflicting-options spec.devices.serials[0].targetModel 53',
  ],
  [
    "<serial type='pty'><target type='isa-serial' port='4'/></serial>",
    'limit-exceeded spec.devices.serials[0].port 46',
  ],
  ["<channel type='pty'/>", 'missing-field spec.devices.channels[0]/target 1'],
  [
    "<channel type='pty'><target name='a'/></channel>",
    'missing-field spec.devices.channels[0]/target@type 21',
  ],
  [
    "<channel type='pty'><target type='guestfwd' port='1'/></channel>",
    'missing-field spec.devices.channels[0].targetAddress 1',
  ],
  [
    "<channel type='pty'><target type='guestfwd' address='10.0.2.1'/></channel>",
    'missing-field spec.devices.channels[0].port 1',
  ],
  [
    "<channel type='spicevmc'><target type='virtio' name='a'/></channel><graphics type='spice'/>",
    'invalid-value spec.devices.channels[0].targetName 48',
  ],
  ["<redirdev bus='usb'/>", 'missing-field spec.devices.redirdevs[0].type 1'],
  ["<rng model='virtio'/>", 'missing-field spec.devices.rngs[0]/backend 1'],
  ["<rng><backend model='builtin'/></rng>", 'missing-field spec.devices.rngs[0]/@model 1'],
  ["<rng model='virtio'><backend model='egd'/></rng>", 'missing-field spec.devices.rngs[0].egd 1'],
  ["<smartcard mode='host'/><smartcard mode='host'/>", 'limit-exceeded spec.devices.smartcards[1] 25'],
  [
    "<smartcard mode='host'><address type='ccid' controller='0' slot='1'/></smartcard>",
    'conflicting-options spec.devices.smartcards[0].address 24',
  ],
  [
    "<smartcard mode='host-certificates'><certificate>a</certificate></smartcard>",
    'invalid-value spec.devices.smartcards[0].certificates 1',
  ],
  ["<smartcard mode='passthrough'/>", 'missing-field spec.devices.smartcards[0].source 1'],
  ["<input type='tablet' bus='ps2'/>", 'conflicting-options spec.devices.inputs[0].bus 22'],
  [
    "<input type='passthrough' bus='usb'><source evdev='/dev/input/event0'/></input>",
    'conflicting-options spec.devices.inputs[0].bus 27',
  ],
  ["<input type='passthrough' bus='virtio'/>", 'missing-field spec.devices.inputs[0].evdev 1'],
  [
    "<input type='evdev' bus='usb'><source dev='/dev/input/event0'/></input>",
    'conflicting-options spec.devices.inputs[0].bus 21',
  ],
  ["<input type='evdev'/>", 'missing-field spec.devices.inputs[0].dev 1'],
  ["<input type='mouse' bus='usb' model='virtio'/>", 'conflicting-options spec.devices.inputs[0].model 31'],
  ["<graphics type='vnc' passwd='123456789'/>", 'invalid-value spec.devices.graphics[0].passwd 22'],
  [
    "<graphics type='vnc' passwd='a' connected='fail'/>",
    'not-supported spec.devices.graphics[0].connected 33',
  ],
  [
    "<graphics type='vnc'><listen type='network'/></graphics>",
    'missing-field spec.devices.graphics[0].listenNetwork 1',
  ],
  [
    "<graphics type='vnc'><listen type='address' network='n'/></graphics>",
    'conflicting-options spec.devices.graphics[0].listenNetwork 45',
  ],
  [
    "<graphics type='vnc'><listen type='address' socket='/a'/></graphics>",
    'conflicting-options spec.devices.graphics[0].socket 45',
  ],
  [
    "<graphics type='vnc' socket='/a'><listen type='socket' socket='/b'/></graphics>",
    'conflicting-options spec.devices.graphics[0].socket 56',
  ],
  ["<graphics type='vnc'><listen/></graphics>", 'missing-field spec.devices.graphics[0]/listen@type 22'],
  ["<graphics type='spice'><gl/></graphics>", 'missing-field spec.devices.graphics[0].gl 24'],
  [
    "<graphics type='spice'><image/></graphics>",
    'missing-field spec.devices.graphics[0]/image@compression 24',
  ],
  [
    "<graphics type='spice'><gl enable='yes'/></graphics><graphics type='egl-headless'/>",
    'conflicting-options spec.devices.graphics[0].gl 24',
  ],
  [
    "<graphics type='sdl'/><graphics type='egl-headless'/>",
    'missing-reference spec.devices.graphics[1].type 33',
  ],
  [
    "<graphics type='dbus' p2p='yes' address='unix:path=/a'/>",
    'conflicting-options spec.devices.graphics[0].busAddress 33',
  ],
  ["<graphics type='vnc'><audio id='2'/></graphics>", 'missing-reference spec.devices.graphics[0].audio 29'],
  ["<graphics type='dbus'><audio id='1'/></graphics>", 'missing-reference spec.devices.graphics[0].audio 30'],
  [
    "<graphics type='dbus'><audio id='1'/></graphics><audio id='1' type='none'/>",
    'conflicting-options spec.devices.graphics[0].audio 30',
  ],
  ["<video><model type='vga' ram='1024'/></video>", 'conflicting-options spec.devices.videos[0].ram 26'],
  [
    "<video><driver iommu='on'/><model type='vga'/></video>",
    'conflicting-options spec.devices.videos[0].virtio 1',
  ],
  ["<video><model type='qxl' vram='5000000'/></video>", 'invalid-value spec.devices.videos[0].vram 26'],
  ["<video><model type='qxl' vgamem='3000'/></video>", 'invalid-value spec.devices.videos[0].vgamem 26'],
  ["<video><model type='vga' vram='512'/></video>", 'invalid-value spec.devices.videos[0].vram 26'],
  ["<video><model type='vga' heads='2'/></video>", 'conflicting-options spec.devices.videos[0].heads 26'],
  [
    "<video><driver name='vhostuser'/><model type='vga'/></video>",
    'conflicting-options spec.devices.videos[0].driver 16',
  ],
  [
    "<video><model type='virtio'><acceleration/></model></video>",
    'missing-field spec.devices.videos[0].acceleration 29',
  ],
  [
    "<video><model type='virtio'><acceleration accel2d='yes'/></model></video>",
    'not-supported spec.devices.videos[0].acceleration.accel2d 43',
  ],
  [
    "<video><model type='vga'><acceleration accel3d='yes'/></model></video>",
    'conflicting-options spec.devices.videos[0].acceleration.accel3d 40',
  ],
  [
    "<video><model type='virtio'><acceleration rendernode='/a'/></model></video>",
    'conflicting-options spec.devices.videos[0].acceleration.rendernode 43',
  ],
  [
    "<video><model type='cirrus'><resolution x='800' y='600'/></model></video>",
    'conflicting-options spec.devices.videos[0].resolution 29',
  ],
  [
    "<video><model type='virtio'/></video><video><model type='vmvga'/></video>",
    'conflicting-options spec.devices.videos[1].model 52',
  ],
  [
    "<sound model='ac97'><audio id='2'/></sound><audio id='1' type='none'/>",
    'missing-reference spec.devices.sounds[0].audio 28',
  ],
  [
    "<audio id='1' type='none'/><audio id='1' type='none'/>",
    'conflicting-options spec.devices.audios[1].id 35',
  ],
  ["<audio id='1' type='spice'/>", 'missing-reference spec.devices.audios[0].type 15'],
  [
    "<audio id='1' type='alsa'><input fixedSettings='yes'/></audio>",
    'conflicting-options spec.devices.audios[0].input.fixedSettings 34',
  ],
  [
    "<audio id='1' type='alsa'><output><settings frequency='44100'/></output></audio>",
    'conflicting-options spec.devices.audios[0].output.fixedSettings 27',
  ],
  [
    "<watchdog model='ib700'><address type='isa' iobase='0x443'/></watchdog>",
    'conflicting-options spec.devices.watchdogs[0].address 25',
  ],
  [
    "<panic model='hyperv'><address type='isa' iobase='0x505'/></panic>",
    'conflicting-options spec.devices.panics[0].address 23',
  ],
  [
    "<panic model='isa'><address type='pci' slot='5'/></panic>",
    'conflicting-options spec.devices.panics[0].address 20',
  ],
  ["<tpm model='tpm-tis'/>", 'missing-field spec.devices.tpms[0]/backend 1'],
  ["<tpm model='tpm-crb'><backend type='external'/></tpm>", 'missing-field spec.devices.tpms[0].source 1'],
  [
    "<tpm model='tpm-crb'><backend type='external'><source type='unix' mode='bind' path='/a'/></backend></tpm>",
    'not-supported spec.devices.tpms[0].source.mode 67',
  ],
  [
    "<tpm model='tpm-tis'><backend type='emulator' version='1.2'><active_pcr_banks><sha256/></active_pcr_banks></backend></tpm>",
    'conflicting-options spec.devices.tpms[0].pcrBanks 61',
  ],
  ["<shmem name='..'><model type='ivshmem-plain'/></shmem>", 'invalid-name spec.devices.shmems[0].shmem 8'],
  ["<shmem name='a'><model type='ivshmem'/></shmem>", 'not-supported spec.devices.shmems[0].model 24'],
  [
    "<shmem name='a'><model type='ivshmem-plain'/><size unit='M'>3</size></shmem>",
    'invalid-value spec.devices.shmems[0].size 46',
  ],
  [
    "<shmem name='a'><model type='ivshmem-plain'/><server path='/a'/></shmem>",
    'conflicting-options spec.devices.shmems[0].server 46',
  ],
  [
    "<shmem name='a'><model type='ivshmem-doorbell'/></shmem>",
    'missing-field spec.devices.shmems[0].server 1',
  ],
  [
    "<shmem name='a'><model type='ivshmem-doorbell'/><size unit='M'>4</size><server path='/a'/></shmem>",
    'conflicting-options spec.devices.shmems[0].size 49',
  ],
  [
    "<shmem name='a'><model type='ivshmem-plain'/><msi vectors='2'/></shmem>",
    'conflicting-options spec.devices.shmems[0].msi 46',
  ],
  ["<iommu model='intel'/>", 'conflicting-options spec.devices.iommu.model 8'],
];

const onQ35: Table = [
  [
    "<controller type='pci' index='1' model='pcie-switch-upstream-port'><address type='pci' bus='2'/></controller><controller type='pci' index='2' model='pcie-switch-downstream-port'><address type='pci' bus='1'/></controller>",
    'conflicting-options spec.devices.controllers[0].address.bus 88',
  ],
  [
    "<controller type='pci' index='3' model='dmi-to-pci-bridge'/><controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='3' slot='1'/></controller>",
    'conflicting-options spec.devices.controllers[1].address.bus 133',
  ],
  [
    "<controller type='pci' index='1' model='pcie-root-port'><target chassisNr='3'/></controller>",
    'conflicting-options spec.devices.controllers[0].chassisNr 65',
  ],
  [
    "<controller type='pci' index='1' model='pcie-root-port'><target busNr='3'/></controller>",
    'conflicting-options spec.devices.controllers[0].busNr 65',
  ],
  [
    "<controller type='pci' index='1' model='pcie-expander-bus'><target><node>3</node></target></controller>",
    'missing-reference spec.devices.controllers[0].numaNode 68',
  ],
  [
    "<iommu model='intel'><driver intremap='on'/></iommu>",
    'conflicting-options spec.devices.iommu.intremap 30',
  ],
  ["<iommu model='intel'><driver eim='on'/></iommu>", 'conflicting-options spec.devices.iommu.eim 30'],
  [
    "<iommu model='intel'><address type='pci' slot='9'/></iommu>",
    'conflicting-options spec.devices.iommu.address 22',
  ],
];

const withSharedMemory: Table = [
  [
    "<disk type='vhostuser'><driver name='qemu' cache='none'/><source type='unix' path='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].cache 44',
  ],
  [
    "<disk type='vhostuser'><source type='unix' path='/a'/><target dev='sda' bus='scsi'/></disk>",
    'conflicting-options spec.devices.disks[0].bus 73',
  ],
  [
    "<disk type='vhostuser' snapshot='external'><source type='unix' path='/a'/><target dev='vda'/></disk>",
    'conflicting-options spec.devices.disks[0].snapshot 24',
  ],
  [
    "<filesystem><driver type='virtiofs'/><source dir='/a'/><target dir='t'/><readonly/></filesystem>",
    'not-supported spec.devices.filesystems[0].readonly 73',
  ],
  [
    "<filesystem><driver type='virtiofs'/><source dir='/a/x,source=/etc'/><target dir='t'/></filesystem>",
    'invalid-value spec.devices.filesystems[0].dir 46',
  ],
  [
    "<filesystem accessmode='mapped'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
    'conflicting-options spec.devices.filesystems[0].accessMode 13',
  ],
  [
    "<filesystem model='virtio'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
    'conflicting-options spec.devices.filesystems[0].model 13',
  ],
];

const withRoomForMemory: Table = [
  [
    "<memory model='dimm'><target><size unit='MiB'>64</size><node>0</node></target><address type='pci' slot='5'/></memory>",
    'conflicting-options spec.devices.memories[0].address 79',
  ],
  [
    "<memory model='virtio-pmem'><source><path>/a</path></source><target><size unit='MiB'>128</size></target></memory>".repeat(
      3,
    ),
    'limit-exceeded spec.maxMemory.slots in line 1',
  ],
  [
    "<memory model='dimm'><target><size unit='MiB'>128</size></target></memory>",
    'missing-field spec.devices.memories[0].node 1',
  ],
  [
    "<memory model='dimm'><target><size unit='MiB'>128</size><node>1</node></target></memory>",
    'missing-reference spec.devices.memories[0].node 57',
  ],
  [
    "<memory model='dimm'><source><nodemask>x</nodemask></source><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    'invalid-value spec.devices.memories[0].nodeMask 30',
  ],
  [
    "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target><address type='dimm' slot='2'/></memory>",
    'limit-exceeded spec.devices.memories[0].address.slot 101',
  ],
  [
    "<memory model='dimm'><target><size unit='MiB'>64</size><node>0</node></target><address type='dimm' slot='0'/></memory><memory model='dimm'><target><size unit='MiB'>64</size><node>0</node></target><address type='dimm' slot='0'/></memory>",
    'address-conflict spec.devices.memories[1].address.slot 218',
  ],
  [
    "<memory model='nvdimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    'missing-field spec.devices.memories[0].path 1',
  ],
  [
    "<memory model='nvdimm' discard='yes'><source><path>/a</path></source><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    'conflicting-options spec.devices.memories[0].discard 24',
  ],
  [
    "<memory model='nvdimm'><source><path>/a</path></source><target><size unit='MiB'>128</size><node>0</node><label><size unit='KiB'>64</size></label></target></memory>",
    'invalid-value spec.devices.memories[0].labelSize 112',
  ],
  [
    "<memory model='virtio-pmem' access='private'><source><path>/a</path></source><target><size unit='MiB'>128</size></target></memory>",
    'conflicting-options spec.devices.memories[0].access 29',
  ],
  [
    "<memory model='virtio-pmem'><source><path>/a</path></source><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    'conflicting-options spec.devices.memories[0].node 96',
  ],
  [
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    'invalid-value spec.devices.memories[0].blockSize 1',
  ],
  [
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block unit='KiB'>512</block></target></memory>",
    'invalid-value spec.devices.memories[0].blockSize 77',
  ],
  [
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block unit='MiB'>2</block><requested unit='MiB'>3</requested></target></memory>",
    'invalid-value spec.devices.memories[0].requestedSize 104',
  ],
  [
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block unit='MiB'>2</block><requested unit='MiB'>256</requested></target></memory>",
    'conflicting-options spec.devices.memories[0].requestedSize 104',
  ],
  [
    "<memory model='sgx-epc'><target><size unit='MiB'>16</size></target><address type='dimm' slot='0'/></memory>",
    'conflicting-options spec.devices.memories[0].address 68',
  ],
];

const besideDevices: Table = [
  ["<clock offset='timezone' timezone='/dev/watchdog'/>", 'invalid-value spec.clock.timezone 26'],
  ["<clock offset='timezone' timezone='Etc/../../../dev/watchdog'/>", 'invalid-value spec.clock.timezone 26'],
  ["<clock offset='absolute'/>", 'missing-field spec.clock.start 1'],
  ["<clock offset='absolute' start='253402300800'/>", 'invalid-value spec.clock.start 26'],
  ["<clock><timer name='platform'/></clock>", 'not-supported spec.clock.timers[0].name 15'],
  [
    "<clock><timer name='kvmclock' tickpolicy='delay'/></clock>",
    'not-supported spec.clock.timers[0].tickpolicy 31',
  ],
  [
    "<clock><timer name='rtc' tickpolicy='merge'/></clock>",
    'not-supported spec.clock.timers[0].tickpolicy 26',
  ],
  ["<clock><timer name='rtc' track='boot'/></clock>", 'not-supported spec.clock.timers[0].track 26'],
  ["<clock><timer name='pit' track='wall'/></clock>", 'conflicting-options spec.clock.timers[0].track 26'],
  [
    "<clock><timer name='rtc' frequency='100'/></clock>",
    'conflicting-options spec.clock.timers[0].frequency 26',
  ],
  [
    "<clock><timer name='rtc'><catchup slew='5'/></timer></clock>",
    'conflicting-options spec.clock.timers[0].catchup 26',
  ],
  ["<cpu mode='host-model' migratable='off'/>", 'conflicting-options spec.cpu.migratable 24'],
  [
    "<cpu match='exact'><model>qemu64</model><cache mode='emulate'/></cpu>",
    'conflicting-options spec.cpu.cache.level 41',
  ],
  [
    "<cpu match='exact'><model>qemu64</model><cache mode='disable' level='3'/></cpu>",
    'conflicting-options spec.cpu.cache.level 63',
  ],
  [
    "<features><tcg><tb-cache unit='MiB'>128</tb-cache></tcg></features>",
    'conflicting-options spec.features.tcgTbCache 16',
  ],
  ['<features><hyperv><relaxed/></hyperv></features>', 'missing-field spec.features.hyperv/relaxed@state 19'],
  [
    "<features><hyperv><vendor_id state='on'/></hyperv></features>",
    'missing-field spec.features.hyperv.vendorId 30',
  ],
  ["<features><capabilities policy='foo'/></features>", 'invalid-value spec.features/capabilities.policy 25'],
  [
    "<features><capabilities><fly state='on'/></capabilities></features>",
    'xml-unknown-element spec.features/capabilities/fly 25',
  ],
  ['<features><xen><foo/></xen></features>', 'xml-unknown-element spec.features/xen/foo 16'],
  ['<features><xen><e820_host/></xen></features>', 'missing-field spec.features/xen/e820_host@state 16'],
  ['<features><msrs/></features>', 'missing-field spec.features/msrs@unknown 11'],
  ['<cputune><shares>1</shares></cputune>', 'invalid-value spec.cputune.shares 10'],
  [
    "<cputune><cachetune vcpus='0'><monitor level='3' vcpus='0'/><monitor level='3' vcpus='0'/></cachetune></cputune>",
    'conflicting-options spec.cputune.cacheTunes[0].monitors[1].vcpus 80',
  ],
  ['<seclabel/>', 'missing-field spec.seclabels[0] 1'],
  [
    "<memoryBacking><hugepages><page size='0'/></hugepages></memoryBacking>",
    'invalid-value spec.memoryBacking.hugepages[0].size 33',
  ],
];

function domain(inner: string, machine = 'pc', before = ''): string {
  return `<domain type='kvm'><name>a</name><memory unit='MiB'>512</memory>${before}<os><type machine='${machine}'>hvm</type></os>
${inner}
</domain>`;
}

const devices = (xml: string) => `<devices>
${xml}
</devices>`;
const shared = "<memoryBacking><access mode='shared'/></memoryBacking>";
const room =
  "<maxMemory slots='2' unit='GiB'>4</maxMemory><cpu><numa><cell id='0' cpus='0' memory='256' unit='MiB'/></numa></cpu>";

function said(text: string, line: number): readonly string[] {
  return decodeFile({ path: 'domain.xml', text }, kinds)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map((one) => `${one.code} ${one.path} ${one.line === line ? one.column : `in line ${one.line}`}`);
}

describe('refused, where it stands', () => {
  test.each(onPc)('%s', (xml, expected) => {
    expect(said(domain(devices(xml)), 3)).toEqual([expected]);
  });

  test.each(onQ35)('on q35: %s', (xml, expected) => {
    expect(said(domain(devices(xml), 'q35'), 3)).toEqual([expected]);
  });

  test.each(withSharedMemory)('with shared memory: %s', (xml, expected) => {
    expect(said(domain(devices(xml), 'pc', shared), 3)).toEqual([expected]);
  });

  test.each(withRoomForMemory)('with room for memory: %s', (xml, expected) => {
    expect(said(domain(devices(xml), 'pc', room), 3)).toEqual([expected]);
  });

  test.each(besideDevices)('%s', (xml, expected) => {
    expect(said(domain(xml), 2)).toEqual([expected]);
  });
});
