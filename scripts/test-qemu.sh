#!/usr/bin/env bash
# test-qemu.sh RESULTS FILE…: runs each test file by itself and leaves its report in the directory RESULTS. As root each
# has processes, mounts and a network of its own, so that one more than there are processors run at a time (they wait
# more than they work; AT_ONCE says how many); else one runs after the other.
set -uo pipefail
cd "$(dirname "$0")/.."
export results=$1
shift

at_once=1
export isolated=
if unshare -pfmn --mount-proc true 2>/dev/null; then
  at_once=${AT_ONCE:-$(($(nproc) + 1))}
  isolated='unshare -pfmn --mount-proc'
fi

run() {
  local report
  report=$results/$(tr / - <<<"${1%.test.ts}")
  # shellcheck disable=SC2086 # several words
  $isolated bash -c '[ $$ != 1 ] || ip link set lo up; "$@"' _ npx vitest run "$1" \
    --reporter=default --reporter=json --outputFile.json="$report.json" >"$report.log" 2>&1
  echo $? >"$report.status"
  cat "$report.log"
}
export -f run

# Those that take longest first, so that none of them is left for the end.
long='live-devices|pending|pipeline|removal|hardware|guest-refusal|convergence|run-strategy|failpoints|misbehaving'
files=$(printf '%s\n' "$@")
{ grep -E "$long" <<<"$files"; grep -vE "$long" <<<"$files"; } | xargs -P "$at_once" -I{} bash -c 'run {}'
