#!/bin/bash
# build.sh OUTDIR: a tiny Linux guest for end-to-end tests, from Debian
# packages alone. Nothing is installed and root is not needed: packages are
# fetched with apt-get download, unpacked below OUTDIR and thrown away again.
#
# Makes in OUTDIR:
#   vmlinuz       the Debian kernel, as shipped
#   vmlinux       the same kernel unpacked: boots through PVH, faster under TCG
#   initrd.img    busybox, drivers, qemu-guest-agent and the guest's scripts
#   initrd-min.img  the same with virtio drivers only and no agent, for little memory
#   disk.raw      a disk that boots by itself, under BIOS and UEFI (DISK=no: none)
#   bootsect.raw  a disk with 58 bytes of code that prints the boot marker and halts
#   guest.json    what it was made of: packages, versions, sizes, SHA-256
#
# Environment:
#   FLAVOUR   amd64 (default, every driver) or cloud-amd64 (no AHCI, USB, e1000, 9p)
#   DISK      no: leave out disk.raw
#   CMDLINE   the kernel command line that disk.raw boots with
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

[ $# -eq 1 ] || { sed -n '2,20s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
FLAVOUR=${FLAVOUR:-amd64}
CMDLINE=${CMDLINE:-console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}

tools="busybox-static lz4"
agent="qemu-guest-agent libc6 libglib2.0-0 libnuma1 libudev1 liburing2 libpcre2-8-0"
boot="syslinux syslinux-common mtools systemd-boot-efi"

# Drivers in the guest; what they need comes with them, names that the flavour
# lacks (built in, or left out) are passed over.
modules="
virtio_pci virtio_mmio virtio_blk virtio_scsi virtio_net virtio_console virtio_balloon virtio-rng
virtio_mem virtio_input virtiofs 9p 9pnet_virtio vmw_vsock_virtio_transport
ahci ata_piix ata_generic sd_mod sr_mod nvme sym53c8xx megaraid_sas vmw_pvscsi mptsas am53c974
e1000 e1000e 8139cp ne2k-pci vmxnet3 pcnet32 e100 tulip
xhci-pci ehci-pci ohci-pci uhci-hcd uas usbhid hid-generic usb-storage
button evdev qemu_fw_cfg pvpanic-mmio pvpanic-pci i6300esb lpc_ich i2c-i801 iTCO_wdt tpm_tis tpm_crb floppy
loop isofs vfat nls_cp437 nls_ascii ext4
"
modules_min="
virtio_pci virtio_mmio virtio_blk virtio_net virtio_console virtio_balloon virtio-rng button evdev qemu_fw_cfg
"

work=$(mktemp -d "$out/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
cache=$out/.debs
mkdir -p "$cache"

# fetch PACKAGE: its path in $deb. A package already in the cache is taken as it is.
fetch() {
    local found
    found=$(find "$cache" -name "$1_*.deb" | sort | tail -1)
    if [ -z "$found" ]; then
        local sandbox=
        [ "$(id -u)" = 0 ] && sandbox="-o APT::Sandbox::User=root"
        (cd "$cache" && apt-get $sandbox -qq download "$1" >&2)
        found=$(find "$cache" -name "$1_*.deb" | sort | tail -1)
    fi
    deb=$found
    packages="${packages:-}$(basename "$deb") "
}
unpack() { local p; for p in $2; do fetch "$p"; dpkg-deb -x "$deb" "$work/$1"; done; }

if ! apt-cache show busybox-static >/dev/null 2>&1; then apt-get -qq update; fi
kernel=$(find "$cache" -name "linux-image-[0-9]*-${FLAVOUR}_*.deb" | grep -E "linux-image-[0-9.]+-[0-9]+-${FLAVOUR}_" | sort -V | tail -1) || true
if [ -n "$kernel" ]; then
    kernel=$(basename "$kernel"); kernel=${kernel%%_*}
else
    kernel=$(apt-cache depends "linux-image-$FLAVOUR" | awk '/Depends: linux-image-[0-9]/ {print $2; exit}')
fi
unpack kernel "$kernel"
unpack tools "$tools"
unpack agent "$agent"
busybox=$work/tools/bin/busybox
export PATH=$work/tools/usr/bin:$PATH
version=${kernel#linux-image-}
tree=$work/kernel/lib/modules/$version

# --- kernel
cp "$work/kernel/boot/vmlinuz-$version" "$out/vmlinuz"
chmod 644 "$out/vmlinuz"
le() { od -An -j "$2" -N "$3" -t u"$3" "$1" | tr -d ' '; }     # le FILE OFFSET BYTES
start=$((($(le "$out/vmlinuz" $((0x1f1)) 1) + 1) * 512 + $(le "$out/vmlinuz" $((0x248)) 4)))
size=$(($(le "$out/vmlinuz" $((0x24c)) 4) - 4))
dd if="$out/vmlinuz" bs=1M iflag=skip_bytes,count_bytes skip=$start count=$size of="$work/payload" status=none
case $(od -An -N 4 -t x1 "$work/payload" | tr -d ' ') in
    fd377a58) xz -dc "$work/payload" > "$out/vmlinux" ;;
    02214c18) lz4 -dc "$work/payload" > "$out/vmlinux" ;;
    28b52ffd) zstd -dcq "$work/payload" > "$out/vmlinux" ;;
    1f8b*) gzip -dc "$work/payload" > "$out/vmlinux" ;;
    *) echo "build: the kernel is packed in a way not known here; no vmlinux" >&2; rm -f "$out/vmlinux" ;;
esac

# --- initramfs: the whole one, and a small one for guests with little memory
find "$tree/kernel" -name '*.ko' > "$work/modules"
module() {     # module ROOT NAME: it and what it needs into the guest, once
    local file dep
    file=$(grep -E "/$(echo "$2" | sed 's/[-_]/[-_]/g')\.ko$" "$work/modules" | head -1) || true
    [ -n "$file" ] || return 0
    [ -e "$1/lib/modules/$version/${file#"$tree/"}" ] && return 0
    install -D -m 644 "$file" "$1/lib/modules/$version/${file#"$tree/"}"
    for dep in $(tr '\0' '\n' < "$file" | sed -n 's/^depends=//p;s/^softdep=pre: //p' | tr ',' ' '); do
        module "$1" "$dep"
    done
}
initramfs() {  # initramfs NAME WITH_AGENT MODULES
    local root=$work/$1 a l m
    mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,run,tmp,mnt,var/log,usr/bin,usr/sbin,lib64,lib/x86_64-linux-gnu}
    mkdir -p "$root/lib/modules/$version"
    ln -s ../run "$root/var/run"
    cp -a "$here/rootfs/." "$root/"
    chmod 755 "$root/init" "$root"/bin/* "$root"/sbin/* "$root/etc/acpi/PWRF/00000080"
    cp "$busybox" "$root/bin/busybox"
    "$busybox" --list | while read -r a; do
        [ -e "$root/bin/$a" ] || [ -e "$root/sbin/$a" ] || ln -s /bin/busybox "$root/bin/$a"
    done
    ln -s /bin/busybox "$root/sbin/init"
    ln -s /bin/busybox "$root/sbin/hwclock"
    ln -s /bin/busybox "$root/sbin/modprobe"    # where the kernel looks for it
    if [ "$2" = yes ]; then
        cp "$work/agent/usr/sbin/qemu-ga" "$root/sbin/qemu-ga"
        for l in libc.so.6 libm.so.6 libglib-2.0.so.0 libgmodule-2.0.so.0 libnuma.so.1 libudev.so.1 liburing.so.2 libpcre2-8.so.0; do
            cp -L "$(find "$work/agent" -name "$l" | head -1)" "$root/lib/x86_64-linux-gnu/$l"
        done
        cp -L "$(find "$work/agent/lib" -name ld-linux-x86-64.so.2 | head -1)" "$root/lib64/ld-linux-x86-64.so.2"
    fi
    for m in $3; do module "$root" "$m"; done
    cp "$tree/modules.builtin" "$root/lib/modules/$version/"
    "$busybox" depmod -b "$root" "$version"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    (cd "$root" && find . -print | sort | "$busybox" cpio -o -H newc -R 0:0 --renumber-inodes --ignore-devno 2>/dev/null) > "$work/$1.cpio"
    # LZ4: under TCG the guest unpacks it in a third of the time that gzip takes
    lz4 -l -9 -q -f "$work/$1.cpio" "$out/$1.img"
}
initramfs initrd yes "$modules"
initramfs initrd-min no "$modules_min"

# --- a disk that boots by itself: MBR, one FAT partition, syslinux and systemd-boot
if [ "${DISK:-yes}" != no ]; then
    unpack boot "$boot"
    export PATH=$work/boot/usr/bin:$PATH MTOOLS_SKIP_CHECK=1
    kib=$(( ($(stat -c %s "$out/vmlinuz") + $(stat -c %s "$out/initrd.img")) / 1024 + 6144 ))
    sectors=$((kib * 2 / 2048 * 2048)); first=2048
    disk=$work/disk.raw
    truncate -s $(((first + sectors) * 512)) "$disk"
    dd if="$work/boot/usr/lib/syslinux/mbr/mbr.bin" of="$disk" conv=notrunc status=none
    le32() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
    printf "\\x54\\x47\\x53\\x54\\x00\\x00\\x80\\xfe\\xff\\xff\\x0c\\xfe\\xff\\xff$(le32 $first)$(le32 $sectors)" |
        dd of="$disk" bs=1 seek=440 conv=notrunc status=none
    printf '\x55\xaa' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
    part=$disk@@$((first * 512))
    mformat -i "$part" -T $sectors -h 255 -s 63 -H $first -v GUEST -N 54475354 ::
    syslinux --install --offset $((first * 512)) "$disk"
    mmd -i "$part" ::/EFI ::/EFI/BOOT ::/loader ::/loader/entries
    printf 'DEFAULT guest\nPROMPT 0\nTIMEOUT 0\nLABEL guest\n  KERNEL /vmlinuz\n  APPEND initrd=/initrd.img %s\n' "$CMDLINE" > "$work/syslinux.cfg"
    printf 'timeout 0\ndefault guest.conf\n' > "$work/loader.conf"
    printf 'title guest\nlinux /vmlinuz\ninitrd /initrd.img\noptions %s\n' "$CMDLINE" > "$work/guest.conf"
    mcopy -i "$part" "$out/vmlinuz" "$out/initrd.img" "$work/syslinux.cfg" ::/
    mcopy -i "$part" "$work/loader.conf" ::/loader/
    mcopy -i "$part" "$work/guest.conf" ::/loader/entries/
    mcopy -i "$part" "$work/boot/usr/lib/systemd/boot/efi/systemd-bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
    mv "$disk" "$out/disk.raw"
fi

# --- a boot sector, the smallest guest: for tests of everything but the guest
#     7c00  xor ax,ax; mov ds,ax; mov ss,ax; mov sp,7c00; mov si,msg
#     7c0c  lodsb; test al,al; jz 7c28
#     7c11  push ax; mov ah,0e; mov bx,7; int 10          to the screen
#     7c19  mov dx,3fd; in al,dx; test al,20; jz 7c19     to the serial port
#     7c21  pop ax; mov dx,3f8; out dx,al; jmp 7c0c
#     7c28  sti; hlt; jmp 7c28
#     7c2c  msg
truncate -s 0 "$out/bootsect.raw"
truncate -s 1M "$out/bootsect.raw"
printf '\x31\xc0\x8e\xd8\x8e\xd0\xbc\x00\x7c\xbe\x2c\x7c\xac\x84\xc0\x74\x17\x50\xb4\x0e\xbb\x07\x00\xcd\x10\xba\xfd\x03\xec\xa8\x20\x74\xf8\x58\xba\xf8\x03\xee\xeb\xe4\xfb\xf4\xeb\xfcGUEST READY\r\n\x00' |
    dd of="$out/bootsect.raw" conv=notrunc status=none
printf '\x55\xaa' | dd of="$out/bootsect.raw" bs=1 seek=510 conv=notrunc status=none

# --- what it is
{
    printf '{\n  "flavour": "%s",\n  "kernel": "%s",\n  "packages": [' "$FLAVOUR" "$version"
    sep=; for p in $packages; do printf '%s\n    "%s"' "$sep" "$p"; sep=,; done
    printf '\n  ],\n  "files": {'
    sep=
    for f in vmlinuz vmlinux initrd.img initrd-min.img disk.raw bootsect.raw; do
        [ -e "$out/$f" ] || continue
        printf '%s\n    "%s": {"bytes": %d, "sha256": "%s"}' "$sep" $f "$(stat -c %s "$out/$f")" "$(sha256sum < "$out/$f" | cut -d' ' -f1)"
        sep=,
    done
    printf '\n  }\n}\n'
} > "$out/guest.json"
