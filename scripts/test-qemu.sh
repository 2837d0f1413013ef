#!/usr/bin/env bash
# Runs the test files on real QEMU and writes a JSON report of each to the directory RESULTS. As root each file has
# processes, mounts and a network of its own, so that two run at a time; else one runs
# after the other.
set -uo pipefail
cd "$(dirname "$0")/.."
export results=$1

at_once=1
export isolated=
if unshare -pfmn --mount-proc true 2>/dev/null; then
  at_once=2
  isolated='unshare -pfmn --mount-proc'
fi

run() {
  local name
  name=$(basename "$1" .test.ts)
  # shellcheck disable=SC2086 # several words
  $isolated bash -c '[ $$ != 1 ] || ip link set lo up; "$@"' _ npx vitest run --project qemu "$1" \
    --reporter=default --reporter=json --outputFile.json="$results/qemu-$name.json" >"$results/$name.log" 2>&1
  local status=$?
  cat "$results/$name.log"
  return $status
}
export -f run

# Those that take longest first, so that none of them is left for the end.
long='live-devices|run-strategy|pending|removal|hardware|misbehaving|failpoints|convergence|matrix'
files=$(ls test/qemu/*.test.ts)
{ grep -E "$long" <<<"$files"; grep -vE "$long" <<<"$files"; } | xargs -P "$at_once" -I{} bash -c 'run {}'
