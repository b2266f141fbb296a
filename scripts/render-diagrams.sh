#!/usr/bin/env bash
# Draws docs/diagrams/*.mmd as SVG files beside them. Needs Node.js, a registry for npm, and Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=target/mermaid
if [ ! -x "$tools/node_modules/.bin/mmdc" ]; then
  mkdir -p "$tools"
  PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --prefix "$tools" @mermaid-js/mermaid-cli@12
fi
printf '{"executablePath": "%s", "args": ["--no-sandbox"]}' "${CHROMIUM:-$(command -v chromium)}" >"$tools/browser.json"
printf '{"theme": "neutral", "flowchart": {"htmlLabels": false, "wrappingWidth": 320}, "deterministicIds": true}' >"$tools/mermaid.json"
for source in docs/diagrams/*.mmd; do
  "$tools/node_modules/.bin/mmdc" --quiet --puppeteerConfigFile "$tools/browser.json" --configFile "$tools/mermaid.json" \
    --backgroundColor white --input "$source" --output "${source%.mmd}.svg"
done
