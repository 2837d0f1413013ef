#!/usr/bin/env bash
# install-tools.sh [tests]: installs the Debian packages that the demo uses, or tests as well, if they are missing. Without
# root: says what to run.
set -euo pipefail

declare -A package_of=(
  [qemu-system-x86_64]=qemu-system-x86 [qemu-img]=qemu-utils [swtpm]=swtpm [ip]=iproute2
  [tc]=iproute2 [flock]=util-linux [prlimit]=util-linux [taskset]=util-linux [chrt]=util-linux
  [strace]=strace [git]=git [xz]=xz-utils [sshd]=openssh-server [ssh]=openssh-client [gpg]=gnupg [openssl]=openssl
)
[ "${1:-}" != tests ] || package_of[ovs-vswitchd]=openvswitch-switch
missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || missing+=(ovmf)
[ ${#missing[@]} -gt 0 ] || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
if ! command -v apt-get >/dev/null; then
  echo "Missing: ${missing[*]} (Debian package names). Install them with this system's package manager." >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Missing packages. As root: apt-get install ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing ${missing[*]} …" >&2
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq >&2
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
