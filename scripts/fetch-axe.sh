#!/usr/bin/env bash
# Fetches axe-core, which the browser tests use to check accessibility, from the npm registry into FILE (default
# target/axe.min.js), checks its hash, and prints the path. A file with the right hash is not downloaded again.
#
#   AXE_CORE=$(scripts/fetch-axe.sh) cargo test --workspace
set -euo pipefail
version=4.14.1
hash=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
file=${1:-${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/axe.min.js}
if ! echo "$hash  $file" | sha256sum --check --status 2>/dev/null; then
  mkdir -p "$(dirname "$file")"
  curl --fail --silent --show-error --location --max-time 60 "https://registry.npmjs.org/axe-core/-/axe-core-$version.tgz" |
    tar --extract --gzip --to-stdout package/axe.min.js >"$file.part"
  echo "$hash  $file.part" | sha256sum --check --status || { echo "axe-core $version: expected SHA-256 $hash, found another" >&2; exit 1; }
  mv "$file.part" "$file"
fi
realpath "$file"
