#!/usr/bin/env bash
# Compares accuracy with Hugging Face's Trainer: three seeds, three epochs, the same rows and hyperparameters, two data sets.
#
#   scripts/study-hf.sh OUTPUT_DIR [PYTHON]
#
# Needs all-MiniLM-L6-v2, banking77 and app_reviews_maalej below FEEDBACK_SHARED_DIR (default ../shared), and a Python with the
# packages of fixtures/generate/requirements.txt and accelerate. Each run writes one JSON file. A run that has its file is
# skipped, so the script can be interrupted and run again. The last step prints all runs, the means, and the differences.
set -euo pipefail
cd "$(dirname "$0")/.."
output=${1:?usage: scripts/study-hf.sh OUTPUT_DIR [PYTHON]}
python=${2:-python3}
shared=${FEEDBACK_SHARED_DIR:-../shared}
model=$shared/weights/all-MiniLM-L6-v2
mkdir -p "$output"

cargo build --release --bin train
for data in banking77 app_reviews_maalej; do
    "$python" scripts/study_hf.py split --data "$shared/data/$data" --output "$output/$data"
    files=("$output/$data/train.jsonl" "$output/$data/validation.jsonl" "$output/$data/test.jsonl")
    for seed in 1 2 3; do
        result=$output/$data-ours-$seed.json
        if [ ! -s "$result" ]; then
            run=$output/runs/$data-ours-$seed
            rm -rf "$run"
            target/release/train --train "${files[0]}" --validation "${files[1]}" --test "${files[2]}" --model "$model" \
                --pooling cls --epochs 3 --batch-size 16 --learning-rate 5e-5 --max-length 64 --seed "$seed" --device cpu \
                --allow-leakage --output "$run/model" --run-dir "$run/run" --format json > "$result.part"
            mv "$result.part" "$result"
        fi
        result=$output/$data-hf-$seed.json
        if [ ! -s "$result" ]; then
            "$python" scripts/study_hf.py train --data "$output/$data" --model "$model" --seed "$seed" --output "$result.part"
            mv "$result.part" "$result"
        fi
    done
done
"$python" scripts/study_hf.py summary --output "$output"
