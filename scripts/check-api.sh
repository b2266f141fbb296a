#!/usr/bin/env bash
# Sends requests that schemathesis generates from the OpenAPI document to a new server. Fails on a 5xx, and on an answer that
# the document does not describe. Needs `pip install schemathesis`.
#
#   SCHEMATHESIS=venv/bin/schemathesis scripts/check-api.sh [EXAMPLES]
set -euo pipefail
cd "$(dirname "$0")/.."
state=$(mktemp -d)
serve=${SERVE:-${CARGO_TARGET_DIR:-target}/debug/serve}
[ -x "$serve" ] || cargo build --bin serve
"$serve" --model fixtures/tiny-bert --state-dir "$state" --addr 127.0.0.1:18777 --rate-limit 0 --log error &
trap 'kill %1; rm -rf "$state"' EXIT
for _ in $(seq 100); do curl -fs http://127.0.0.1:18777/readyz >/dev/null && break; sleep 0.1; done
# `/events` never ends.
"${SCHEMATHESIS:-schemathesis}" run http://127.0.0.1:18777/openapi.json --exclude-path /events --request-timeout 20 \
  --max-examples "${1:-60}" --phases examples,coverage,fuzzing,stateful --generation-deterministic \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
