"""Measures classifiers that are fitted to few labelled texts, or to none.

    cargo build --release --workspace --features feedback-benches/compare --example few_shot
    python3 benches/compare/few_shot.py OUT LABELS TRAIN TEST [ENCODER]

LABELS is a file with labels and descriptions, such as fixtures/labels.toml; TRAIN and TEST are files of labelled texts
(fixtures/feedback.jsonl, fixtures/feedback_test2.jsonl). ENCODER is `builtin` by default. For each number of texts per label, five
samples of TRAIN are drawn, each with its own seed. OUT keeps each result, so the script can be stopped and started.
"""

import json
import random
import statistics
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "target/release/examples/few_shot"
SHOTS = [1, 2, 4, 8, 16]
SEEDS = range(5)
METHODS = ["head", "start"]


def sample(train, shots, seed, path):
    """Writes `shots` random rows of each label."""
    rng = random.Random(f"{shots}-{seed}")
    by_label = {}
    for line in train.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        by_label.setdefault(record["label"], []).append({"text": record["text"], "label": record["label"]})
    rows = [row for label in sorted(by_label) for row in rng.sample(by_label[label], min(shots, len(by_label[label])))]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def result(path, *arguments):
    """Runs the program unless its result is there."""
    if not path.exists():
        done = subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True)
        path.write_text(done.stdout, encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    out, labels, train, test = map(Path, sys.argv[1:5])
    encoder = sys.argv[5] if len(sys.argv) > 5 else "builtin"
    out.mkdir(parents=True, exist_ok=True)
    print("| texts per label | method | accuracy, mean of 5 samples | from … to |\n|---|---|---|---|")
    none = result(out / "zero-shot.json", "zero-shot", encoder, labels, test)
    print(f"| 0 | descriptions | {100 * none['accuracy']:.1f} % | |")
    for shots in SHOTS:
        for method in METHODS:
            found = []
            for seed in SEEDS:
                rows = out / f"{shots}-{seed}.jsonl"
                if not rows.exists():
                    sample(train, shots, seed, rows)
                arguments = [method, encoder, rows, test] + ([f"labels={labels}"] if method == "start" else [])
                found.append(100 * result(out / f"{method}-{shots}-{seed}.json", *arguments)["accuracy"])
            name = {"head": "answers alone", "start": "answers and descriptions"}[method]
            print(f"| {shots} | {name} | {statistics.mean(found):.1f} % | {min(found):.1f} … {max(found):.1f} % |", flush=True)


main()
