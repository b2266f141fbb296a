#!/usr/bin/env python3
"""Measures the calibration of trained models before and after temperature scaling, and their out-of-scope detection.

    cargo build --release --workspace --bins
    scripts/calibration-study.py --encoder path/to/all-MiniLM-L6-v2 --clinc path/to/clinc150 --output study

Trains on the fixtures and on clinc150, three seeds each, with the programs in target/release. Each run's result is
study/NAME-SEED.json. Existing results are kept, so the script can be interrupted and run again. At the end it prints the
tables of docs/calibration.md from the results so far. Needs only Python's standard library.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
SEEDS = (1, 2, 3)
FIXTURES = ["--pooling", "mean", "--max-length", "128"]
CLINC = ["--pooling", "mean", "--max-length", "32", "--epochs", "1", "--learning-rate", "5e-4", "--batch-size", "32"]


def run(program, *arguments):
    """Runs a program and returns its standard output; raises an error if the program fails."""
    call = [str(PROGRAMS / program), *map(str, arguments)]
    return subprocess.run(call, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def evaluate(model, data):
    found = json.loads(run("evaluate", "--model", model, "--data", data, "--format", "json"))
    return {key: found[key] for key in ("n", "accuracy")} | {key: found["calibration"][key] for key in ("ece", "log_loss")}


def without_temperature(model):
    """Returns a copy of a model folder with temperature 1."""
    copy = model.with_name(model.name + "-plain")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(model, copy)
    manifest = json.loads((copy / "feedback.json").read_text())
    manifest["temperature"] = 1.0
    (copy / "feedback.json").write_text(json.dumps(manifest))
    return copy


def predictions(model, data, output):
    run("predict", "--model", model, "--input", data, "--output", output, "--output-format", "jsonl")
    return [json.loads(line) for line in Path(output).read_text().splitlines()]


def auroc(positive, negative):
    """Returns the probability that a positive has a higher score than a negative; a tie counts half."""
    ranked = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    total, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += sum(kind for _, kind in ranked[place:end]) * (place + end + 1) / 2
        place = end
    n, m = len(positive), len(negative)
    return (total - n * (n + 1) / 2) / (n * m)


def out_of_scope(model, data, output):
    rows = predictions(model, data, output)
    inside = [row["confidence"] for row in rows if row["label"] != "oos"]
    outside = [row["confidence"] for row in rows if row["label"] == "oos"]
    found = {"n_in": len(inside), "n_out": len(outside), "auroc": auroc(inside, outside)}
    threshold = json.loads((model / "feedback.json").read_text()).get("abstain_below")
    if threshold is not None:
        answered = [row for row in rows if row["label"] != "oos" and row["confidence"] >= threshold]
        found |= {
            "abstain_below": threshold,
            "answered_in": len(answered) / len(inside),
            "wrong_of_answered_in": sum(row["label"] != row["predicted_label"] for row in answered) / max(len(answered), 1),
            "abstained_out": sum(score < threshold for score in outside) / len(outside),
        }
    return found


def study(name, seed, arguments, test, oos, output):
    result = output / f"{name}-{seed}.json"
    if result.exists():
        return
    work = output / "work"
    work.mkdir(exist_ok=True)
    model, run_dir = work / f"{name}-{seed}", work / f"{name}-{seed}-run"
    shutil.rmtree(run_dir, ignore_errors=True)
    print(f"{name}, seed {seed}", file=sys.stderr)
    run("train", *arguments, "--output", model, "--run-dir", run_dir, "--seed", seed, "--format", "json")
    test = test or run_dir / "data/test.jsonl"
    plain = without_temperature(model)
    found = {"name": name, "seed": seed, "before": evaluate(plain, test), "after": evaluate(model, test)}
    found["temperature"] = json.loads((model / "feedback.json").read_text())["temperature"]
    if oos:
        found["out_of_scope"] = out_of_scope(model, oos, work / "oos.jsonl")
        found["out_of_scope"]["auroc_before"] = out_of_scope(plain, oos, work / "oos.jsonl")["auroc"]
    result.write_text(json.dumps(found, indent=2) + "\n")
    shutil.rmtree(plain)


def tables(output):
    results = [json.loads(path.read_text()) for path in sorted(output.glob("*.json"))]
    print("| data | seed | test rows | accuracy | temperature | ECE before | ECE after | log loss before | after |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for r in results:
        before, after = r["before"], r["after"]
        print(f"| {r['name']} | {r['seed']} | {after['n']} | {100 * after['accuracy']:.1f} % | {r['temperature']:.3f} | "
              f"{before['ece']:.3f} | {after['ece']:.3f} | {before['log_loss']:.3f} | {after['log_loss']:.3f} |")
    scoped = [r for r in results if "out_of_scope" in r]
    if scoped:
        print("\n| seed | AUROC before | AUROC after | abstain below | in scope: answered | of these wrong | out of scope: left to a person |")
        print("|--:|--:|--:|--:|--:|--:|--:|")
    for r in scoped:
        o = r["out_of_scope"]
        cells = [f"{100 * o[key]:.1f} %" if key in o else "–" for key in ("abstain_below", "answered_in", "wrong_of_answered_in", "abstained_out")]
        print(f"| {r['seed']} | {o['auroc_before']:.3f} | {o['auroc']:.3f} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--clinc", type=Path, help="the folder of clinc150; without it, only the fixtures are used")
    parser.add_argument("--output", type=Path, default=Path("study"))
    options = parser.parse_args()
    output = options.output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    encoder = options.encoder.absolute()
    # Runs each seed on both data sets before the next seed, so that an interrupted study has results for both data sets.
    for seed in SEEDS:
        fixtures = ["--data", ROOT / "fixtures/feedback.jsonl", "--model", encoder, *FIXTURES]
        study("fixtures", seed, fixtures, None, None, output)
        if options.clinc:
            data = options.clinc.absolute()
            files = ["--train", data / "train.jsonl", "--validation", data / "dev.jsonl", "--test", data / "test.jsonl"]
            arguments = [*files, "--drop-leaked", "--model", encoder, *CLINC]
            study("clinc150", seed, arguments, data / "test.jsonl", data / "test_with_oos.jsonl", output)
    tables(output)


if __name__ == "__main__":
    main()
