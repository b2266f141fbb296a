"""Compares the speed of this project with PyTorch, ONNX Runtime and Hugging Face's Trainer, and prints a Markdown table.

    cargo build --release --workspace --bins
    cargo build --release --workspace --features feedback-benches/compare --example passes
    python benches/compare/compare.py --weights DIR [--rounds 10] [--only steps forward epoch] [--output FILE]

DIR is a folder with all-MiniLM-L6-v2. Needs torch, transformers, accelerate, onnx, onnxruntime (fixtures/generate/requirements.txt).
All libraries use --threads threads (default 2). Each round runs each library once; the order alternates between rounds. The
table shows the median over the rounds, the quartiles, and the ratio of the medians. A shape is texts x tokens. Only the epoch
uses the weights in DIR; steps and forward passes use random weights, with `cls` pooling: without autodiff, our last block computes
only the first token of each text.
"""

import argparse
import copy
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
ROOT = Path(__file__).resolve().parents[2]
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"

STEPS = [("MiniLM", 8, 32), ("MiniLM", 32, 32), ("MiniLM", 8, 128), ("MiniLM", 32, 128), ("base", 8, 64)]
FORWARD = [("MiniLM", 1, 16), ("MiniLM", 1, 128), ("MiniLM", 8, 32), ("MiniLM", 32, 32), ("MiniLM", 32, 128)]
LABELS = 8
PASSES = 7  # the first two are not counted


def median_of(call):
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[2:])


class Ours:
    """The program `passes`, which keeps the model in memory between requests."""

    def __init__(self, config, threads):
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [RELEASE / "examples" / "passes", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, what, texts, tokens):
        self.process.stdin.write(f"{what} {texts} {tokens}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


class Torch:
    """PyTorch in eager mode, with scaled dot-product attention."""

    def __init__(self, config):
        import torch
        from transformers import AutoConfig, AutoModelForSequenceClassification

        self.torch = torch
        config = AutoConfig.from_pretrained(config, num_labels=LABELS)
        self.model = AutoModelForSequenceClassification.from_config(config, attn_implementation="sdpa")
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=5e-5)

    def inputs(self, texts, tokens):
        torch = self.torch
        return {
            "input_ids": torch.randint(5, 1000, (texts, tokens)),
            "attention_mask": torch.ones(texts, tokens, dtype=torch.long),
        }

    def step(self, texts, tokens):
        inputs, labels = self.inputs(texts, tokens), self.torch.zeros(texts, dtype=self.torch.long)
        self.model.train()

        def one():
            self.optimizer.zero_grad()
            self.model(**inputs, labels=labels).loss.backward()
            self.torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()

        return median_of(one)

    def forward(self, texts, tokens):
        inputs = self.inputs(texts, tokens)
        self.model.eval()

        def one():
            with self.torch.inference_mode():
                self.model(**inputs).logits.numpy()

        return median_of(one)


class OnnxRuntime:
    """ONNX Runtime with the exported graph, optimised by its transformer fusions."""

    def __init__(self, torch_side, threads, folder, heads, hidden):
        import onnxruntime
        from onnxruntime.transformers import optimizer

        torch, model = torch_side.torch, torch_side.model.eval()
        path = folder / "model.onnx"
        inputs = torch_side.inputs(2, 16)
        axes = {0: "texts", 1: "tokens"}
        torch.onnx.export(
            model,
            (inputs["input_ids"], inputs["attention_mask"]),
            path,
            input_names=list(inputs),
            output_names=["logits"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes},
            dynamo=False,
        )
        fused = optimizer.optimize_model(str(path), model_type="bert", num_heads=heads, hidden_size=hidden)
        fused.save_model_to_file(str(folder / "fused.onnx"))
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(folder / "fused.onnx"), self.options)
        self.torch_side = torch_side

    def in_int8(self, folder):
        """Returns the same graph with dynamic quantisation."""
        import onnx
        import onnxruntime
        from onnxruntime.quantization import QuantType, quantize_dynamic

        # Types are not inferred through the fused nodes.
        types = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        target = folder / "int8.onnx"
        quantize_dynamic(folder / "fused.onnx", target, weight_type=QuantType.QInt8, per_channel=True, extra_options=types)
        other = copy.copy(self)
        other.session = onnxruntime.InferenceSession(str(target), self.options)
        return other

    def forward(self, texts, tokens):
        inputs = {name: value.numpy() for name, value in self.torch_side.inputs(texts, tokens).items()}
        return median_of(lambda: self.session.run(["logits"], inputs))


def in_turns(rounds, sides):
    """Runs all sides in turns. Returns the seconds of each side, by name."""
    times = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides) if number % 2 == 0 else list(reversed(sides))
        for name in order:
            times[name].append(sides[name]())
    return times


def row(work, times, against, ours="ours"):
    ours, theirs = times[ours], times[against]

    def show(values):
        low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
        return f"{1000 * middle:.1f} ms ({1000 * low:.1f} to {1000 * high:.1f})"

    ratio = statistics.median(ours) / statistics.median(theirs)
    return f"| {work} | {against} | {show(ours)} | {show(theirs)} | {ratio:.2f} |"


def epoch_of_ours(weights, data, threads):
    """Seconds of the updates of one epoch, without loading, evaluation and saving."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = f"--train {data}/train.jsonl --validation {data}/validation.jsonl --test {data}/test.jsonl --epochs 1 --batch-size 16"
        command = [RELEASE / "train", *command.split(), "--model", weights, "--pooling", "mean", "--save-strategy", "no"]
        command += ["--run-dir", run, "--output", Path(folder) / "model"]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "MIMALLOC_PURGE_DELAY": "-1"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    start = next(event["time"] for event in events if event["event"] == "train_begin")
    logged = [event for event in events if event.get("kind") == "train"]
    last = logged[-1]
    # The last steps of the epoch may not be logged, so the time of the last log entry is scaled to the whole epoch.
    return (last["time"] - start) / last["epoch"]


def epoch_of_trainer(weights, data):
    """Seconds of Hugging Face's Trainer for the same rows, grouped by length."""
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    rows = [json.loads(line) for line in (data / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    names = sorted({row["label"] for row in rows})
    tokenizer = AutoTokenizer.from_pretrained(weights)
    model = AutoModelForSequenceClassification.from_pretrained(weights, num_labels=len(names))
    ids = tokenizer([row["text"] for row in rows], truncation=True, max_length=256)["input_ids"]
    samples = [
        {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": names.index(row["label"])} for ids, row in zip(ids, rows)
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=16,
            train_sampling_strategy="group_by_length",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(model, arguments, train_dataset=samples, data_collator=DataCollatorWithPadding(tokenizer))
        start = time.perf_counter()
        trainer.train()
        return time.perf_counter() - start


def split(folder):
    command = [RELEASE / "split", "--input", ROOT / "fixtures/feedback.jsonl", "--output-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=["steps", "forward", "epoch"])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    lines = ["| work | against | ours | theirs | ratio |", "|---|---|---|---|---|"]

    def add(line):
        lines.append(line)
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        base = folder / "base.json"
        minilm = arguments.weights / "config.json"
        sizes = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
        base.write_text(json.dumps({**json.loads(minilm.read_text()), **sizes}))
        configs = {"MiniLM": minilm, "base": base}
        used = [name for name, *_ in (STEPS if "steps" in arguments.only else []) + (FORWARD if "forward" in arguments.only else [])]
        ours = {name: Ours(configs[name], arguments.threads) for name in set(used)}
        theirs = {name: Torch(configs[name]) for name in set(used)}
        if "steps" in arguments.only:
            for name, texts, tokens in STEPS:
                sides = {
                    "ours": lambda: ours[name].ask("step", texts, tokens),
                    "PyTorch": lambda: theirs[name].step(texts, tokens),
                }
                add(row(f"training step, {name} {texts} x {tokens}", in_turns(arguments.rounds, sides), "PyTorch"))
        if "forward" in arguments.only:
            runtime = OnnxRuntime(theirs["MiniLM"], arguments.threads, folder, 12, 384)
            runtime_int8 = runtime.in_int8(folder)
            for name, texts, tokens in FORWARD:
                sides = {
                    "ours": lambda: ours[name].ask("forward", texts, tokens),
                    "ours, int8": lambda: ours[name].ask("forward-int8", texts, tokens),
                    "ONNX Runtime": lambda: runtime.forward(texts, tokens),
                    "ONNX Runtime, int8": lambda: runtime_int8.forward(texts, tokens),
                    "PyTorch": lambda: theirs[name].forward(texts, tokens),
                }
                times = in_turns(arguments.rounds, sides)
                for against in ["ONNX Runtime", "PyTorch"]:
                    add(row(f"forward, {name} {texts} x {tokens}", times, against))
                add(row(f"forward in int8, {name} {texts} x {tokens}", times, "ONNX Runtime, int8", ours="ours, int8"))
        if "epoch" in arguments.only:
            data = split(folder / "data")
            sides = {
                "ours": lambda: epoch_of_ours(arguments.weights, data, arguments.threads),
                "Trainer": lambda: epoch_of_trainer(arguments.weights, data),
            }
            add(row("one epoch of `fixtures/feedback.jsonl`, batch 16", in_turns(arguments.rounds, sides), "Trainer"))
    table = "\n".join(lines) + "\n"
    if arguments.output:
        arguments.output.write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
