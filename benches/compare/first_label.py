"""Compares the time from the start of a program to the label of one text with Python and Transformers; prints a Markdown table.

    cargo build --release --workspace --bins
    python benches/compare/first_label.py --model DIR [--rounds 10]

DIR is a model folder that `train` wrote with `cls` pooling. All times are those of whole programs, with the files in the page cache.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parents[2] / "target")) / "release"
TEXT = "The export button does nothing since the update"
PYTHON = """
import sys
from transformers import pipeline
print(pipeline("text-classification", sys.argv[1])(sys.argv[2]))
"""


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    ours = [RELEASE / "predict", "--model", arguments.model, TEXT]
    sides = {
        "predict": ours,
        "predict --dtype int8": [*ours, "--dtype", "int8"],
        "Python, Transformers": [sys.executable, "-c", PYTHON, arguments.model, TEXT],
    }
    times = {name: [] for name in sides}
    for command in sides.values():
        seconds(command)  # reads the files into the page cache
    for number in range(arguments.rounds):
        for name in list(sides) if number % 2 == 0 else reversed(sides):
            times[name].append(seconds(sides[name]))
    slowest = statistics.median(times["Python, Transformers"])
    print("| program | first label | ratio |\n|---|---|---|")
    for name, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"| {name} | {1000 * middle:.0f} ms ({1000 * low:.0f} to {1000 * high:.0f}) | 1/{slowest / middle:.0f} |")


if __name__ == "__main__":
    main()
