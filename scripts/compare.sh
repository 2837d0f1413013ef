#!/usr/bin/env bash
# npm run compare [-- FILE|DIR…] [--explain]: our command lines and completed XML beside those of an installed libvirt.
set -euo pipefail
cd "$(dirname "$0")/.."
npx tsc -p test/compare/tsconfig.json
node test/compare/out/test/compare/run.js "$@"
