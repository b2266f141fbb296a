"""The Python part of study-hf.sh: splits, Hugging Face's Trainer, and the table.

    python scripts/study_hf.py split   --data DIR --output DIR     train, validation and test files, the same for both sides
    python scripts/study_hf.py train   --data DIR --model DIR --seed N --output FILE
    python scripts/study_hf.py summary --output DIR
"""

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

# The same as `train --epochs 3 --batch-size 16 --learning-rate 5e-5`: warm-up in the first tenth of the steps, and the best epoch
# by weighted F1.
HYPER = {
    "num_train_epochs": 3,
    "per_device_train_batch_size": 16,
    "per_device_eval_batch_size": 32,
    "learning_rate": 5e-5,
    "weight_decay": 0.01,
    "lr_scheduler_type": "linear",
    "max_grad_norm": 1.0,
    "adam_epsilon": 1e-8,
}
MAX_LENGTH = 64


def read(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def write(path, rows):
    text = "".join(json.dumps({"text": row["text"], "label": row["label"]}, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="\n")


def split(arguments):
    """Writes the three files. Without a validation file in DIR, a tenth of the training rows, drawn with a fixed seed, is used."""
    output = arguments.output
    if (output / "test.jsonl").is_file():
        return
    output.mkdir(parents=True, exist_ok=True)
    pick = lambda name: next(
        (p for p in (arguments.data / f"{name}_unambiguous.jsonl", arguments.data / f"{name}.jsonl") if p.is_file()), None
    )
    train, validation, test = read(pick("train")), pick("dev"), read(pick("test"))
    if validation is None:
        order = random.Random(0).sample(range(len(train)), len(train))
        held = set(order[: len(train) // 10])
        validation = [row for index, row in enumerate(train) if index in held]
        train = [row for index, row in enumerate(train) if index not in held]
    else:
        validation = read(validation)
    write(output / "train.jsonl", train)
    write(output / "validation.jsonl", validation)
    write(output / "test.jsonl", test)


def train(arguments):
    import numpy as np
    import torch
    from sklearn.metrics import accuracy_score, f1_score
    from transformers import (
        AutoModelForSequenceClassification,
        DataCollatorWithPadding,
        PreTrainedTokenizerFast,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    set_seed(arguments.seed)
    parts = {name: read(arguments.data / f"{name}.jsonl") for name in ("train", "validation", "test")}
    labels = sorted({row["label"] for row in parts["train"]})
    # The tokenizer in the file, without its settings for padding and truncation, like our tokenizer.
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(arguments.model / "tokenizer.json"), pad_token="[PAD]")
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()

    def encode(rows):
        encoded = tokenizer([row["text"] for row in rows], truncation=True, max_length=MAX_LENGTH)
        return [
            {"input_ids": ids, "attention_mask": mask, "labels": labels.index(row["label"])}
            for ids, mask, row in zip(encoded["input_ids"], encoded["attention_mask"], rows)
        ]

    def metrics(prediction):
        predicted = np.argmax(prediction.predictions, axis=1)
        return {
            "accuracy": accuracy_score(prediction.label_ids, predicted),
            "weighted_f1": f1_score(prediction.label_ids, predicted, average="weighted"),
            "macro_f1": f1_score(prediction.label_ids, predicted, average="macro"),
        }

    model = AutoModelForSequenceClassification.from_pretrained(arguments.model, num_labels=len(labels), dtype=torch.float32)
    data = {name: encode(rows) for name, rows in parts.items()}
    steps = -(-len(data["train"]) // HYPER["per_device_train_batch_size"]) * HYPER["num_train_epochs"]
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder,
            eval_strategy="epoch",
            save_strategy="epoch",
            save_total_limit=1,
            load_best_model_at_end=True,
            metric_for_best_model="weighted_f1",
            warmup_steps=-(-steps // 10),
            seed=arguments.seed,
            use_cpu=True,
            report_to=[],
            disable_tqdm=True,
            **HYPER,
        )
        trainer = Trainer(
            model=model,
            args=settings,
            train_dataset=data["train"],
            eval_dataset=data["validation"],
            data_collator=DataCollatorWithPadding(tokenizer),
            compute_metrics=metrics,
        )
        trainer.train()
        test = trainer.predict(data["test"]).metrics
    result = {
        "test": {"accuracy": test["test_accuracy"], "weighted_f1": test["test_weighted_f1"], "macro_f1": test["test_macro_f1"]},
        "seed": arguments.seed,
        "seconds": round(time.time() - started, 1),
        "n_test": len(data["test"]),
    }
    arguments.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def summary(arguments):
    print("| data | trainer | accuracy of seeds 1, 2, 3 | mean |\n|---|---|---|---|")
    for data in ("banking77", "app_reviews_maalej"):
        means = {}
        for trainer in ("ours", "hf"):
            runs = [json.loads((arguments.output / f"{data}-{trainer}-{seed}.json").read_text()) for seed in (1, 2, 3)]
            values = [run["test"]["accuracy"] for run in runs]
            means[trainer] = sum(values) / len(values)
            print(f"| {data} | {trainer} | {', '.join(f'{value:.4f}' for value in values)} | {means[trainer]:.4f} |")
        print(f"| {data} | difference in points | | {100 * (means['ours'] - means['hf']):+.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, options in (
        ("split", split, ("data", "output")),
        ("train", train, ("data", "model", "output", "seed")),
        ("summary", summary, ("output",)),
    ):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        for option in options:
            command.add_argument(f"--{option}", required=True, type=int if option == "seed" else Path)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
