#!/usr/bin/env bash
# Compares three ways of training on app_reviews_maalej by their macro-F1 on the test set: plain, with class weights, and
# with focal loss; three seeds each.
#
#   scripts/study-imbalance.sh [FOLDER]       default: studies/imbalance
#
# Takes app_reviews_maalej and all-MiniLM-L6-v2 from FEEDBACK_SHARED_DIR (default ../shared). Each run writes one JSON file. A run
# that has its file is skipped, so the study can be interrupted and run again.
set -euo pipefail
cd "$(dirname "$0")/.."

shared=${FEEDBACK_SHARED_DIR:-../shared}
folder=${1:-studies/imbalance}
train=${FEEDBACK_TRAIN_PROGRAM:-cargo run --release --quiet --bin train --}
data=$shared/data/app_reviews_maalej
mkdir -p "$folder"

run() { # name seed flags…
    local name=$1 seed=$2 result=$folder/$1-seed$2.json
    shift 2
    if [[ -s $result ]]; then
        return
    fi
    local work
    work=$(mktemp -d)
    echo "$name, seed $seed" >&2
    # shellcheck disable=SC2086 # the variable may contain a program with arguments
    $train --train "$data/train.jsonl" --validation "$data/dev.jsonl" --test "$data/test.jsonl" \
        --drop-leaked --model "$shared/weights/all-MiniLM-L6-v2" --pooling mean \
        --max-length 64 --epochs 2 --seed "$seed" --device cpu \
        --output "$work/model" --run-dir "$work/run" --format json "$@" >"$work/result.json"
    mv "$work/result.json" "$result"
    rm -rf "$work"
}

for seed in 1 2 3; do
    run plain $seed
    run class-weights $seed --class-weights balanced
    run focal $seed --loss focal
done

python3 - "$folder" <<'PYTHON'
import json, pathlib, statistics, sys

runs = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*-seed*.json")):
    name, seed = path.stem.rsplit("-seed", 1)
    runs.setdefault(name, {})[int(seed)] = json.loads(path.read_text())["test"]
print("training                macro-F1 by seed          mean   weighted F1   accuracy")
for name, tests in sorted(runs.items(), key=lambda item: item[0] != "plain"):
    macro = [test["macro"]["f1"] for _, test in sorted(tests.items())]
    mean = lambda values: 100 * statistics.mean(values)
    weighted = mean([test["weighted"]["f1"] for test in tests.values()])
    accuracy = mean([test["accuracy"] for test in tests.values()])
    shown = "  ".join(f"{100 * value:.1f}" for value in macro)
    print(f"{name:22}  {shown:24}  {mean(macro):.1f}   {weighted:.1f}          {accuracy:.1f}")
PYTHON
