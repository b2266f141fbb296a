#!/usr/bin/env bash
# Compares cutting long texts with reading them in windows, on the rows of it_tickets that are longer than a model reads at once.
#
#   scripts/study-long-texts.sh [FOLDER]       default: studies/long-texts
#
# Trains linear classifiers on the built-in encoder with ROWS training rows (a sample, default 8000), for each of LENGTHS (maximum
# lengths in tokens, default "128 256"). With FINE_TUNE=N it also fine-tunes on N training rows, with the first of the lengths.
# Measures on the test rows of 4 characters or more for each token of the maximum length; rows that turn out to fit are left out.
# FEEDBACK_PROGRAM runs a command (default: cargo run --release --bin feedback --). Takes it_tickets from FEEDBACK_SHARED_DIR (default
# ../shared). Models and predictions that exist are kept, so the study can be interrupted and run again.
set -euo pipefail
cd "$(dirname "$0")/.."

shared=${FEEDBACK_SHARED_DIR:-../shared}
folder=${1:-studies/long-texts}
program=${FEEDBACK_PROGRAM:-cargo run --release --quiet --bin feedback --}
data=$shared/data/it_tickets
rows=${ROWS:-8000}
mkdir -p "$folder"

sample() { # file, number of rows
    python3 -c 'import random, sys
lines = open(sys.argv[1], encoding="utf-8").readlines() # sorted by label
random.Random(42).shuffle(lines)
print(*lines[: int(sys.argv[2])], sep="", end="")' "$1" "$2"
}

sample "$data/train.jsonl" "$rows" >"$folder/rows.jsonl"
sample "$data/dev.jsonl" 1000 >"$folder/validation.jsonl"

feedback() {
    # shellcheck disable=SC2086 # the variable may contain a program with arguments
    $program "$@"
}

train() { # name rows flags…
    local model=$folder/$1 rows=$2
    shift 2
    if [[ -d $model ]]; then
        return
    fi
    echo "training $model" >&2
    rm -rf "$model.run"
    feedback train --train "$rows" --validation "$folder/validation.jsonl" --device cpu --seed 42 \
        --output "$model" --run-dir "$model.run" --format json "$@" >"$model.json"
}

long_rows() { # file, maximum length
    python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    if len(json.loads(line)["text"]) >= 4 * int(sys.argv[2]):
        print(line, end="")' "$1" "$2"
}

predict() { # model, truncate or windows, maximum length
    local output=$folder/$1.$2.jsonl input=$folder/test-$3.jsonl
    long_rows "$data/test.jsonl" "$3" >"$input"
    if [[ ! -s $output ]]; then
        echo "predicting $output" >&2
        feedback predict --model "$folder/$1" --input "$input" --output "$output" --long-texts "$2" --device cpu
    fi
}

pair() { # name, rows, maximum length, flags…
    local name=$1 rows=$2 length=$3
    shift 3
    train "$name-truncate" "$rows" --max-length "$length" --long-texts truncate "$@"
    train "$name-windows" "$rows" --max-length "$length" --long-texts windows "$@"
    predict "$name-truncate" truncate "$length"
    predict "$name-truncate" windows "$length"
    predict "$name-windows" windows "$length"
}

read -ra lengths <<<"${LENGTHS:-128 256}"
for length in "${lengths[@]}"; do
    pair "head-$length" "$folder/rows.jsonl" "$length" --head-only
done
if [[ -n ${FINE_TUNE:-} ]]; then
    sample "$data/train.jsonl" "$FINE_TUNE" >"$folder/fine-tune.jsonl"
    pair "fine-tuned-${lengths[0]}" "$folder/fine-tune.jsonl" "${lengths[0]}" --epochs 2 \
        --top-losses 1 # so that the linear classifier never stays in the model folder
fi

python3 - "$folder" <<'PYTHON'
import json, math, pathlib, random, sys

folder = pathlib.Path(sys.argv[1])
RESAMPLES = 10_000


def rows(path):
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def interval(values):
    """The mean, and its 95 % percentile interval of a bootstrap over rows, in percent."""
    generator, n = random.Random(42), len(values)
    means = sorted(sum(generator.choices(values, k=n)) / n for _ in range(RESAMPLES))
    low, high = (means[int(RESAMPLES * q)] for q in (0.025, 0.975))
    return f"{100 * sum(values) / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def sign_test(differences):
    """The exact two-sided p-value of McNemar's test."""
    better, worse = differences.count(1), differences.count(-1)
    n, least = better + worse, min(better, worse)
    tail = sum(math.comb(n, k) for k in range(least + 1)) / 2**n if n else 1
    return min(1.0, 2 * tail)


for windows in sorted(folder.glob("*-windows.windows.jsonl")):
    name = windows.name.removesuffix("-windows.windows.jsonl")
    read = {
        "trained and read in windows": rows(windows),
        "trained cut, read in windows": rows(folder / f"{name}-truncate.windows.jsonl"),
        "cut": rows(folder / f"{name}-truncate.truncate.jsonl"),
    }
    count = [row.get("text_windows", {}).get("count", 1) for row in read["trained and read in windows"]]
    for what, chosen in {
        "long": [i for i, n in enumerate(count) if n > 1],
        "two windows": [i for i, n in enumerate(count) if n == 2],
        "three or more": [i for i, n in enumerate(count) if n > 2],
    }.items():
        if not chosen:
            continue
        print(f"\n{name}, {what}: {len(chosen)} rows")
        print("| long texts | accuracy | difference to cut | better, worse | p |\n|---|---|---|---|---|")
        right = {
            way: [int(found[i]["predicted_label"] == found[i]["label"]) for i in chosen] for way, found in read.items()
        }
        for way, values in right.items():
            line = f"| {way} | {interval(values)} |"
            if way != "cut":
                differences = [a - b for a, b in zip(values, right["cut"])]
                line += f" {interval(differences)} | {differences.count(1)}, {differences.count(-1)}"
                line += f" | {sign_test(differences):.2f} |"
            else:
                line += " – | – | – |"
            print(line)
PYTHON
