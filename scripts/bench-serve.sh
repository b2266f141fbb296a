#!/usr/bin/env bash
# Compares `serve` under load with two Python servers of the same model folder: FastAPI with Transformers, and FastAPI with
# ONNX Runtime and dynamic batching. The servers run one after another and get the same texts. Measures the capacity of each
# server, its latency with one client and at 50 % and 95 % of this capacity, and its behaviour at five times the capacity.
# `serve` keeps no predictions (`--cache 0`), because the texts are sent several times. Prints Markdown tables, and writes
# report.md and report.json to OUT.
#
#   MODEL=models/feedback_classifier PYTHON=~/venv/bin/python scripts/bench-serve.sh [SERVER …]
#
# SERVER is ours, transformers, onnx or onnx-N; default: ours transformers onnx onnx-256. N is the maximum number of tokens
# per batch; for onnx it is 4,096. On a CPU, large batches are not faster and their padding takes time. PYTHON needs the packages of
# scripts/bench_serve/requirements.txt. Run nothing else on the machine: if other programs take cores, PyTorch's threads wait
# for each other.
#
#   MODEL              models/feedback_classifier    a folder written by `train --pooling cls`
#   SERVE              target/release/serve          built if not set
#   SECONDS_PER_PHASE  20
#   OUT                target/bench-serve
#   TEXTS              fixtures/feedback.jsonl       JSON lines with `text`
#   SEED, CONNECTIONS, OVERLOAD, TIMEOUT             42, 32 (to measure capacity), 5 (times capacity), 30 (seconds)
#   LIMIT              none                          connections above which the Python servers answer 503
#   SERVER_WITH, LOAD_WITH                           command prefixes, for example SERVER_WITH="taskset -c 0,1"
#   PORT               18501                         the first port; each server gets the next one
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
model=${MODEL:-models/feedback_classifier}
serve=${SERVE:-${CARGO_TARGET_DIR:-target}/release/serve}
out=${OUT:-${CARGO_TARGET_DIR:-target}/bench-serve}
texts=${TEXTS:-fixtures/feedback.jsonl}
port=${PORT:-18501}
here=scripts/bench_serve
limit=(${LIMIT:+--limit-concurrency "$LIMIT"})
servers=("$@")
[ ${#servers[@]} -gt 0 ] || servers=(ours transformers onnx onnx-256)

mkdir -p "$out"
state=$(mktemp -d)
mkdir "$state/serve"
pid=
stop() {
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || true
  # After the overload phase a server may still have a long queue, whose answers are not needed.
  for _ in $(seq 20); do kill -0 "$pid" 2>/dev/null || break; sleep 0.25; done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pid=
}
trap 'stop; rm -rf "$state"' EXIT

# In the overload phase, each waiting request holds a connection on both sides.
ulimit -n "$(ulimit -Hn)"
# All servers compute on the CPU.
export CUDA_VISIBLE_DEVICES=

command_of() {
  case $1 in
    ours) call=("$serve" --model "$model" --addr "127.0.0.1:$port" --state-dir "$state/serve" --rate-limit 0 --cache 0 --device cpu --log warn) ;;
    transformers) call=("$python" "$here/fastapi_transformers.py" --model "$model" --port "$port" "${limit[@]}") ;;
    onnx) command_of onnx-4096 ;;
    onnx-[1-9]*)
      call=("$python" "$here/fastapi_onnx.py" serve --model "$model" --onnx "$state/model.onnx" --port "$port"
        --max-tokens "${1#onnx-}" "${limit[@]}") ;;
    *) echo "unknown server \`$1\`; expected ours, transformers, onnx or onnx-N" >&2; exit 2 ;;
  esac
}

for name in "${servers[@]}"; do command_of "$name"; done
if [[ " ${servers[*]} " == *" ours "* && -z ${SERVE:-} ]]; then
  cargo build --release --quiet --bin serve
fi
if [[ " ${servers[*]}" == *" onnx"* ]]; then
  "$python" -W ignore "$here/fastapi_onnx.py" export --model "$model" --onnx "$state/model.onnx" >"$out/export.log" 2>&1 ||
    { cat "$out/export.log" >&2; exit 1; }
fi

results=()
for name in "${servers[@]}"; do
  command_of "$name"
  ${SERVER_WITH:-} "${call[@]}" >"$out/$name.log" 2>&1 &
  pid=$!
  ${LOAD_WITH:-} "$python" "$here/load.py" run --name "$name" --url "http://127.0.0.1:$port" --pid "$pid" \
    --texts "$texts" --output "$out/$name.json" --seconds "${SECONDS_PER_PHASE:-20}" --seed "${SEED:-42}" \
    --connections "${CONNECTIONS:-32}" --overload "${OVERLOAD:-5}" --timeout "${TIMEOUT:-30}" >&2 ||
    { tail -n 20 "$out/$name.log" >&2; exit 1; }
  stop
  results+=("$out/$name.json")
  # A new port, since connections to the last server may linger.
  port=$((port + 1))
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
changed=$(git diff --quiet HEAD || echo ", changed")
"$python" "$here/load.py" table --output "$out/report.json" \
  --note "commit $(git rev-parse --short HEAD)$changed; $(nproc) cores, ${processor:-unknown processor}" \
  --note "model $(basename "$model"), texts $(basename "$texts"), connection limit ${LIMIT:-none}" \
  "${results[@]}" | tee "$out/report.md"
