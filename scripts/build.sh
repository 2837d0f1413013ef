#!/usr/bin/env bash
# Dependencies (when the lock file is newer than what is installed) and dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages …" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
echo "Building …" >&2
npm run --silent build
