#!/usr/bin/env bash
# npm test: installs what is missing, builds, runs every test, the ones on real QEMU included.
# With arguments: only these test files.   Last line: `N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/install-tools.sh tests && scripts/build.sh || { echo '0 passed, 1 failed'; exit 1; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
report() { # NAME ARGUMENT…: runs vitest and leaves its report under that name
  npx vitest run --reporter=default --reporter=json --outputFile.json="$results/$1.json" "${@:2}"
  echo $? >"$results/$1.status"
}

if [ $# -gt 0 ]; then
  report some "$@"
else
  report unit --project unit --project golden --project property
  if [ ! test/guest/out/guest.json -nt test/guest/build.sh ]; then
    echo 'Building the test guest …' >&2
    DISK=no test/guest/build.sh test/guest/out >&2 || echo 1 >"$results/guest.status"
  fi
  scripts/test-qemu.sh "$results" test/qemu/*.test.ts

  # Hundreds of processes share the machine: a few files that failed may try once more, one at a time. The closing
  # lines name what only passed then, and how it had failed.
  mapfile -t failed < <(node scripts/count-tests.mjs --failed "$results")
  if [ ${#failed[@]} -gt 0 ] && [ ${#failed[@]} -le 3 ] && ls "${failed[@]}" >/dev/null; then
    echo "Running again: ${failed[*]}" >&2
    mkdir "$results/again"
    AT_ONCE=1 scripts/test-qemu.sh "$results/again" "${failed[@]}"
  fi
fi
mkdir -p "$results/again"
node scripts/count-tests.mjs "$results" "$results/again"
exit $?
