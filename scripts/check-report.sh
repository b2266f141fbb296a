#!/usr/bin/env bash
# Opens pages in Chromium at 360 and 1280 px, light and dark. Fails on a console message, an uncaught script error, a
# failed request, a request to another origin, horizontal scrolling, or a serious or critical violation found by
# axe-core. Needs Chromium and Node.js; installs puppeteer-core and axe-core from the npm registry into a folder outside
# the repository.
#
#   scripts/check-report.sh [--screenshots DIR] PAGE ...      PAGE is an HTML file or a URL
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${FEEDBACK_PAGE_TOOLS:-${TMPDIR:-/tmp}/feedback-page-tools}
if [ ! -d "$tools/node_modules/axe-core" ]; then
  mkdir -p "$tools"
  (cd "$tools" && PUPPETEER_SKIP_DOWNLOAD=1 npm install --no-audit --no-fund --silent puppeteer-core@24 axe-core@4)
fi
NODE_PATH="$tools/node_modules" exec node "$here/check-report.cjs" "$@"
