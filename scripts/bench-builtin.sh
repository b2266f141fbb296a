#!/usr/bin/env bash
# Compares the built-in encoder with all-MiniLM-L6-v2 and with the baselines; prints a table for docs/benchmarks/models.md.
#
#   FEEDBACK_SHARED_DIR=… scripts/bench-builtin.sh OUT [DATASET …]
#
# Each training writes OUT/DATASET-MODEL-SEED.json. A training that has its file is skipped, so the script can be interrupted and
# run again. Needs the release programs (cargo build --release --bins) and python3. Data sets: fixtures, app_reviews, banking77,
# clinc150, it_tickets (a sample of 10,000 training rows, drawn with a fixed seed). TRAIN is the path of the program `train`
# (default: target/release/train). The table gives CPU seconds, because other programs on the machine hardly change them.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$1
shift
sets=("${@:-fixtures}")
shared=${FEEDBACK_SHARED_DIR:?"set FEEDBACK_SHARED_DIR to the folder with data/ and weights/"}
train=${TRAIN:-target/release/train}
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
    local TIMEFORMAT='%U %S'
    # shellcheck disable=SC2046
    { time $train $(data_of "$1") "${@:4}" --data-seed 42 --seed "$3" --output "$work/model" --run-dir "$work/run" --device cpu \
        --format json >"$work/result" 2>"$out/$1-$2-$3.log"; } 2>"$work/cpu"
    python3 - "$work" "$result" <<'PY'
import json, sys
from pathlib import Path

work, result = Path(sys.argv[1]), Path(sys.argv[2])
summary = json.loads((work / "result").read_text())
manifest = json.loads((work / "model/feedback.json").read_text())
summary["cpu_seconds"] = sum(map(float, (work / "cpu").read_text().split()))
summary["megabytes"] = sum(file.stat().st_size for file in (work / "model").iterdir()) / 1e6
summary["baselines"] = manifest["baselines"]
result.with_suffix(".part").write_text(json.dumps(summary))
result.with_suffix(".part").rename(result)
PY
    rm -rf "$work"
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
print("| data | model | test rows | seeds | accuracy % | macro F1 % | weighted F1 % | CPU seconds | MB |")
print("|---|---|---|---|---|---|---|---|---|")


def row(name, model, results, scores, rest):
    def shown(of):
        values = [100 * of(score) for score in scores]
        spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
        return f"{statistics.mean(values):.1f}{spread}"

    figures = [shown(lambda s: s["accuracy"]), shown(lambda s: s["macro"]["f1"]), shown(lambda s: s["weighted"]["f1"])]
    cells = [name, model, results[0]["test"]["n"], len(results), *figures, *rest]
    print("| " + " | ".join(map(str, cells)) + " |")


for (name, model), results in runs.items():
    if model == "head":
        for baseline, scores in results[0]["baselines"].items():
            row(name, baseline, results, [scores | {"macro": {"f1": scores["macro_f1"]}, "weighted": {"f1": scores["weighted_f1"]}}], ["", ""])
    kinds = ", ".join(sorted({result["kind"] for result in results}))
    label = f"{model} (kept: {kinds})" if model == "builtin" else model
    rest = [f"{statistics.median(r['cpu_seconds'] for r in results):.0f}", f"{results[0]['megabytes']:.0f}"]
    row(name, label, results, [result["test"] for result in results], rest)
PY
