#!/usr/bin/env bash
# Masked language modelling of all-MiniLM-L6-v2 on feedback_text: compares the loss on held-out texts between training the whole
# model and training only the head on the frozen encoder, for the same number of steps.
#
#   scripts/study-mlm.sh [FOLDER]             default: studies/mlm
#
#   STEPS  1000      RATES  "1e-4 5e-4 1e-3"  both trainings try each rate, so neither suffers from an unsuitable rate
#
# Takes feedback_text and all-MiniLM-L6-v2 from FEEDBACK_SHARED_DIR (default ../shared). Each run writes one JSON file. A run that
# has its file is skipped, so the study can be interrupted and run again.
set -euo pipefail
cd "$(dirname "$0")/.."

shared=${FEEDBACK_SHARED_DIR:-../shared}
folder=${1:-studies/mlm}
pretrain=${FEEDBACK_PRETRAIN_PROGRAM:-cargo run --release --quiet --bin pretrain --}
steps=${STEPS:-1000}
mkdir -p "$folder"

run() { # name rate flags…
    local name=$1 rate=$2 result=$folder/$1-$steps-$2.json
    shift 2
    if [[ -s $result ]]; then
        return
    fi
    local work
    work=$(mktemp -d)
    echo "$name at $rate" >&2
    # shellcheck disable=SC2086 # the variable may contain a program with arguments
    $pretrain --input "$shared/data/feedback_text/permissive.txt" --model "$shared/weights/all-MiniLM-L6-v2" \
        --max-steps "$steps" --learning-rate "$rate" --max-length 64 --seed 42 --device cpu \
        --output "$work/model" --format json "$@" >"$work/result.json"
    mv "$work/result.json" "$result"
    rm -rf "$work"
}

for rate in ${RATES:-1e-4 5e-4 1e-3}; do
    run whole "$rate"
    run head "$rate" --head-only
done
tail -n +1 "$folder"/*-"$steps"-*.json
