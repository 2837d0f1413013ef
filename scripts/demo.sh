#!/usr/bin/env bash
# npm run demo: converges examples/ and shows the status. With a terminal it waits for Enter before it takes everything
# down again; `npm run demo -- --keep` leaves the machines running.
set -uo pipefail
cd "$(dirname "$0")/.."

uri=qemu:///system
scripts/install-tools.sh || true
command -v qemu-system-x86_64 >/dev/null || uri=test:///default
[ "$(id -u)" = 0 ] || [ "$uri" != qemu:///system ] || uri=qemu:///session
scripts/build.sh || exit 1
[ "$uri" != test:///default ] || echo "QEMU can't be had here: the in-memory driver plays its part." >&2

home=$(mktemp -d "${TMPDIR:-/tmp}/qonverge-demo.XXXX")
export QONVERGE_URI=$uri QONVERGE_STATE_DIR=$home/state QONVERGE_RUN_DIR=$home/run QONVERGE_LOG_DIR=$home/log
qonverge() { echo; echo "\$ qonverge $*"; node dist/main.js "$@"; }

qonverge validate examples
qonverge plan examples
qonverge apply examples
status=$?
qonverge status
[ "$uri" = test:///default ] || { echo; echo 'The QEMU processes:'; pgrep -fa "qemu-system.*$home" | cut -c1-100; }
qonverge apply examples

if [ "${1:-}" = --keep ]; then
  echo
  echo "They keep running. To talk to them:"
  echo "  export QONVERGE_URI=$uri QONVERGE_STATE_DIR=$home/state QONVERGE_RUN_DIR=$home/run QONVERGE_LOG_DIR=$home/log"
  exit $status
fi
if [ -t 0 ] && [ -t 1 ]; then
  echo
  read -r -p 'Press Enter to take everything down. '
fi
echo
echo 'Taking everything down …'
names=$(node dist/main.js status domain -o name)
# shellcheck disable=SC2086
node dist/main.js undefine --force $names >/dev/null || status=1
rm -rf "$home" /tmp/qonverge-example-db.log
exit $status
