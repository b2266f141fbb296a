"""Compares the classification of a whole file with ONNX Runtime and Hugging Face's pipeline, and prints a Markdown table.

    cargo build --release --workspace --bins
    python benches/compare/files.py --model DIR --input FILE.jsonl [--sample 1500] [--rounds 10] [--output FILE]

DIR is a model folder that `train` wrote with `cls` pooling. Time and peak memory are those of the whole program for `predict`, and
from loading the graph on for ONNX Runtime (its imports do not count). ONNX Runtime runs the transformer-fused graph, in f32 and with
dynamic int8, each with the better of two batch budgets. The table also has the share of labels on which ours and theirs agree with
the labels of the file. The pipeline runs --pipeline-rounds times, since it is slow.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
HERE = Path(__file__).resolve().parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target")) / "release"
BUDGETS = [1024, 8192]


def export(model_folder, folder):
    """Writes the fused graph and its int8 version."""
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(model_folder).eval()
    ids = torch.randint(5, 1000, (2, 16))
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        folder / "model.onnx",
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes},
        dynamo=False,
    )
    config = model.config
    fused = optimizer.optimize_model(
        str(folder / "model.onnx"), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    fused.save_model_to_file(str(folder / "f32.onnx"))
    onnx.checker.check_model(str(folder / "model.onnx"))
    # Types are not inferred through the fused nodes.
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(
        folder / "f32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True, extra_options=options
    )


# Runs a program from a small process: what a child of a large process uses at most includes the memory of its parent.
LAUNCHER = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, done.stdout)
"""


def measured(command, environment=None):
    """Runs a program. Returns its output, seconds and peak memory in MiB."""
    launcher = [sys.executable, "-S", "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(launcher, stdout=subprocess.PIPE, env=environment, text=True, check=True)
    seconds, memory, output = done.stdout.split(" ", 2)
    return output, float(seconds), float(memory)


class Sides:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.max_length = json.loads((arguments.model / "feedback.json").read_text())["max_length"]

    def ours(self, dtype):
        output = self.folder / f"ours-{dtype}.jsonl"
        environment = {**os.environ, "RAYON_NUM_THREADS": str(self.arguments.threads)}
        command = [RELEASE / "predict", "--model", self.arguments.model, "--input", self.arguments.input]
        command += ["--output", output, "--dtype", dtype]
        _, seconds, memory = measured(command, environment)
        return seconds, memory, output

    def onnx(self, dtype, budget):
        output = self.folder / f"onnx-{dtype}.jsonl"
        command = [sys.executable, HERE / "onnx_file.py", self.arguments.model, self.folder / f"{dtype}.onnx"]
        command += [self.arguments.input, output, "--budget", str(budget)]
        command += ["--threads", str(self.arguments.threads), "--max-length", str(self.max_length)]
        printed, _, memory = measured(command)
        return float(printed), memory, output

    def pipeline(self):
        import torch
        from transformers import pipeline

        torch.set_num_threads(self.arguments.threads)
        texts = [json.loads(line)["text"] for line in self.arguments.input.read_text(encoding="utf-8").rstrip("\n").split("\n")]
        start = time.perf_counter()
        classify = pipeline("text-classification", str(self.arguments.model), truncation=True, max_length=self.max_length, top_k=None)
        classify(texts, batch_size=32)
        return time.perf_counter() - start


def accuracy(path):
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    return statistics.mean(record["label"] == record["predicted_label"] for record in records)


def quartiles(values):
    return statistics.quantiles(values, n=4) if len(values) > 1 else values * 3


def sample(path, count, folder):
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if count and count < len(lines):
        lines = random.Random(1).sample(lines, count)
    target = folder / "input.jsonl"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--sample", type=int, help="a random sample of so many lines, with seed 1")
    parser.add_argument("--name", help="what the table calls the file")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--pipeline-rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    name = arguments.name or arguments.input.name
    lines = ["| work | against | ours | theirs | ratio | peak memory | accuracy |", "|---|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        arguments.input = sample(arguments.input, arguments.sample, folder)
        export(arguments.model, folder)
        sides = Sides(arguments, folder)
        for dtype in ["f32", "int8"]:
            budget = min(BUDGETS, key=lambda budget: sides.onnx(dtype, budget)[0])
            runs = {"ours": [], "theirs": []}
            for number in range(arguments.rounds):
                turns = {"ours": lambda: sides.ours(dtype), "theirs": lambda: sides.onnx(dtype, budget)}
                for side in list(turns) if number % 2 == 0 else reversed(turns):
                    runs[side].append(turns[side]())
            shown, medians, peaks, shares = [], [], [], []
            for side in ["ours", "theirs"]:
                low, middle, high = quartiles([seconds for seconds, _, _ in runs[side]])
                shown.append(f"{middle:.2f} s ({low:.2f} to {high:.2f})")
                medians.append(middle)
                peaks.append(statistics.median(memory for _, memory, _ in runs[side]))
                shares.append(f"{100 * accuracy(runs[side][0][2]):.2f} %")
            lines.append(
                f"| {name}, {dtype} | ONNX Runtime, {budget:,} tokens | {shown[0]} | {shown[1]} | {medians[0] / medians[1]:.2f} "
                f"| {peaks[0]:.0f} / {peaks[1]:.0f} MiB = {peaks[0] / peaks[1]:.2f} | {shares[0]} / {shares[1]} |"
            )
            print(lines[-1], file=sys.stderr, flush=True)
            if dtype == "f32" and arguments.pipeline_rounds:
                low, middle, high = quartiles([sides.pipeline() for _ in range(arguments.pipeline_rounds)])
                lines.append(
                    f"| {name}, f32 | Hugging Face's pipeline | {shown[0]} | {middle:.2f} s ({low:.2f} to {high:.2f}) "
                    f"| {medians[0] / middle:.3f} | | |"
                )
    table = "\n".join(lines) + "\n"
    if arguments.output:
        arguments.output.write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
