#!/usr/bin/env bash
# npm test: installs what is missing, builds, runs every test, the ones on real QEMU included.
# With arguments: only these test files.   Last line: `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install-tools.sh && scripts/build.sh || { echo '0 passed, 1 failed'; exit 1; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
if [ $# -gt 0 ]; then
  npx vitest run --reporter=default --reporter=json --outputFile.json="$results/some.json" "$@" || status=1
else
  npx vitest run --project unit --project golden --project property \
    --reporter=default --reporter=json --outputFile.json="$results/unit.json" || status=1
  if [ ! test/guest/out/guest.json -nt test/guest/build.sh ]; then
    echo 'Building the test guest …' >&2
    DISK=no test/guest/build.sh test/guest/out >&2 || status=1
  fi
  scripts/test-qemu.sh "$results" || status=1
fi
node scripts/count-tests.mjs "$status" "$results"/*.json
exit $?
