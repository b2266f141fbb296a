#!/usr/bin/env bash
# Sends a short training to a real MLflow server on loopback, and checks what the server stored: parameters, training and
# validation curves, test metrics, and the status of the run.
#
#   MLFLOW=venv/bin/mlflow scripts/check-mlflow.sh        after `pip install mlflow`
#
# FEEDBACK_TRAIN_PROGRAM is a `train` with the feature `mlflow`; built if not set.
set -euo pipefail
cd "$(dirname "$0")/.."
mlflow=${MLFLOW:-mlflow}
if [ -z "${FEEDBACK_TRAIN_PROGRAM:-}" ]; then
    cargo build --workspace --features feedback-examples/mlflow --bin train
    FEEDBACK_TRAIN_PROGRAM=${CARGO_TARGET_DIR:-target}/debug/train
fi
work=$(mktemp -d)
port=${PORT:-5055}
"$mlflow" server --host 127.0.0.1 --port "$port" --backend-store-uri "sqlite:///$work/mlflow.db" \
    --default-artifact-root "$work/artifacts" >"$work/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 120); do
    curl -sf "http://127.0.0.1:$port/health" >/dev/null && break
    sleep 1
done
"$FEEDBACK_TRAIN_PROGRAM" --data fixtures/feedback.jsonl --model scratch:tiny --epochs 2 --max-length 32 --device cpu \
    --output "$work/model" --run-dir "$work/run" --mlflow "http://127.0.0.1:$port" --mlflow-experiment check >/dev/null
curl -sf "http://127.0.0.1:$port/api/2.0/mlflow/runs/search" -H 'Content-Type: application/json' \
    -d "{\"experiment_ids\": [\"$(curl -sf "http://127.0.0.1:$port/api/2.0/mlflow/experiments/get-by-name?experiment_name=check" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["experiment"]["experiment_id"])')\"]}" |
    python3 -c '
import json, sys

run, = json.load(sys.stdin)["runs"]
params = {entry["key"]: entry["value"] for entry in run["data"]["params"]}
metrics = {entry["key"]: entry["value"] for entry in run["data"]["metrics"]}
assert run["info"]["status"] == "FINISHED", run["info"]
assert (params["num_train_epochs"], params["model"], params["pooling"]) == ("2", "scratch:tiny", "cls"), params
for name in ("train/loss", "eval/weighted_f1", "test/accuracy"):
    assert isinstance(metrics[name], float), metrics
print("MLflow has a run", run["info"]["status"], "with", len(params), "parameters and", len(metrics), "metrics,",
      "test/accuracy", round(metrics["test/accuracy"], 4))
'
