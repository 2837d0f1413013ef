#!/usr/bin/env bash
# npm run bench [-- start|hundred|thousands|git|render]: figures beside bare QEMU in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-tools.sh
scripts/build.sh
npx tsc -p bench/tsconfig.json
node bench/out/bench/run.js "$@"
