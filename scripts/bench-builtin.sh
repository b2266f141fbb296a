#!/usr/bin/env bash
# Measures the built-in encoder beside all-MiniLM-L6-v2 and the baselines: a table for docs/benchmarks.md.
#
#   FEEDBACK_SHARED_DIR=… scripts/bench-builtin.sh OUT [DATASET …]
#
# Each training writes OUT/DATASET-MODEL-SEED.json; a result that is there is not computed again, so the script can be stopped
# and started. Needs the release programs (cargo build --release --bins) and python3. Data sets: fixtures, app_reviews, banking77,
# clinc150, it_tickets (a sample of 10,000 training rows, drawn with a fixed seed).
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
shift
sets=("${@:-fixtures}")
shared=${FEEDBACK_SHARED_DIR:?"set FEEDBACK_SHARED_DIR to the folder with data/ and weights/"}
train=target/release/train
mkdir -p "$out"

sample() { # FILE ROWS: a seeded sample
    python3 -c 'import random, sys
lines = open(sys.argv[1], encoding="utf-8").readlines()
sys.stdout.writelines(random.Random(42).sample(lines, int(sys.argv[2])))' "$1" "$2"
}

data_of() { # DATASET: the arguments that name its files
    local data=$shared/data/$1
    case $1 in
    fixtures) echo --data fixtures/feedback.jsonl ;;
    app_reviews)
        data=$shared/data/app_reviews_maalej
        echo --train "$data/train.jsonl" --validation "$data/dev.jsonl" --test "$data/test.jsonl" --drop-leaked
        ;;
    banking77) echo --train "$data/train.jsonl" --test "$data/test.jsonl" --drop-leaked ;;
    clinc150) echo --train "$data/train.jsonl" --validation "$data/dev.jsonl" --test "$data/test.jsonl" --drop-leaked ;;
    it_tickets)
        [[ -f $out/it_tickets.jsonl ]] || sample "$data/train.jsonl" 10000 >"$out/it_tickets.jsonl"
        echo --train "$out/it_tickets.jsonl" --validation "$data/dev.jsonl" --test "$data/test.jsonl" --drop-leaked
        ;;
    *) echo "no data set $1" >&2 && exit 2 ;;
    esac
}

measure() { # DATASET MODEL SEED ARGUMENTS…
    local result=$out/$1-$2-$3.json
    [[ -f $result ]] && return
    local work
    work=$(mktemp -d)
    # shellcheck disable=SC2046
    $train $(data_of "$1") "${@:4}" --data-seed 42 --seed "$3" --output "$work/model" --run-dir "$work/run" --device cpu --format json \
        >"$result.part" 2>"$out/$1-$2-$3.log"
    rm -rf "$work"
    mv "$result.part" "$result"
}

minilm=(--model "$shared/weights/all-MiniLM-L6-v2" --pooling mean)
for set in "${sets[@]}"; do
    seeds=(42)
    [[ $set == fixtures || $set == app_reviews ]] && seeds=(42 43 44)
    measure "$set" head 42 --head-only
    for seed in "${seeds[@]}"; do
        measure "$set" builtin "$seed"
        measure "$set" minilm "$seed" "${minilm[@]}"
    done
done

python3 - "$out" <<'PY'
import json, statistics, sys
from pathlib import Path

runs = {}
for path in sorted(Path(sys.argv[1]).glob("*-*-*.json")):
    name, model, seed = path.stem.rsplit("-", 2)
    runs.setdefault((name, model), []).append(json.loads(path.read_text()))
print("| data | model | test rows | seeds | accuracy % | macro F1 % | weighted F1 % | seconds |\n|---|---|---|---|---|---|---|---|")
for (name, model), results in runs.items():
    def shown(of):
        values = [100 * of(result["test"]) for result in results]
        spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        return f"{statistics.mean(values):.1f}{spread}"
    kinds = {result["kind"] for result in results}
    label = model + (" (kept: " + ", ".join(sorted(kinds)) + ")" if model == "builtin" else "")
    print(f"| {name} | {label} | {results[0]['test']['n']} | {len(results)} | {shown(lambda t: t['accuracy'])} | "
          f"{shown(lambda t: t['macro']['f1'])} | {shown(lambda t: t['weighted']['f1'])} | "
          f"{statistics.median(result['seconds'] for result in results):.0f} |")
PY
