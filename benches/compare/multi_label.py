"""Compares trainings with several labels a text with scikit-learn, on the same split, over several seeds.

    python benches/compare/multi_label.py --feedback target/release/feedback --data all_multilabel_rows.jsonl --work DIR \\
        [--seeds 1,2,3] [-- --epochs 4 …]

For each seed, `feedback train --task multi-label --id-field text` splits the file 70 / 10 / 20, grouped by text, and trains; arguments
after `--` are passed on. scikit-learn's TF-IDF with one-vs-rest logistic regression is then fitted on the same training texts and
measured on the same test texts: with its defaults; with the validation texts as further training texts; and with a threshold for each
label that is best on the validation texts, as our models have. Finally, with `--parity`, Transformers reads the model folders and must
compute the same probabilities; train with `--pooling cls` for this.

Needs scikit-learn; for `--parity`, torch and transformers (fixtures/generate/requirements.txt).
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

TOLERANCE = 1e-4


def read(path):
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def train(arguments, seed):
    run, model = arguments.work / f"run-{seed}", arguments.work / f"model-{seed}"
    if not (run / "report.json").exists():
        command = [arguments.feedback, "train", "--task", "multi-label", "--id-field", "text", "--data", arguments.data]
        command += ["--output", model, "--run-dir", run, "--seed", str(seed), *arguments.more]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return run, model, json.loads((run / "report.json").read_text(encoding="utf-8"))


def scores(labels, given):
    return [100 * f1_score(labels, given, average=average, zero_division=0) for average in ("micro", "macro")]


def best_threshold(probabilities, has):
    """The threshold with the best F1, half-way between two texts."""
    values = np.unique(np.concatenate([[0.0], probabilities, [1.0]]))
    candidates = [0.5, *(values[1:] + values[:-1]) / 2]
    return max(candidates, key=lambda threshold: f1_score(has, probabilities >= threshold, zero_division=0))


def baselines(folder):
    (texts, labels), validation, test = (read(folder / f"{name}.jsonl") for name in ("train", "validation", "test"))
    binarizer = MultiLabelBinarizer().fit(labels)
    measured = binarizer.transform(test[1])

    def fit(texts, labels):
        vectorizer = TfidfVectorizer()
        model = OneVsRestClassifier(LogisticRegression(max_iter=1000))
        model.fit(vectorizer.fit_transform(texts), binarizer.transform(labels))
        return lambda others: model.predict_proba(vectorizer.transform(others))

    one = fit(texts, labels)
    both = fit(texts + validation[0], labels + validation[1])
    on_validation, known = one(validation[0]), binarizer.transform(validation[1])
    thresholds = [best_threshold(on_validation[:, label], known[:, label]) for label in range(known.shape[1])]
    return {
        "scikit-learn": scores(measured, one(test[0]) >= 0.5),
        "scikit-learn, training and validation texts": scores(measured, both(test[0]) >= 0.5),
        "scikit-learn, thresholds chosen on validation": scores(measured, one(test[0]) >= np.array(thresholds)),
    }


def parity(arguments, run, model):
    """The greatest difference between our probabilities and Transformers' on the test texts."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    predictions = run / "predictions.jsonl"
    command = [arguments.feedback, "predict", "--model", model, "--input", run / "data/test.jsonl", "--output", predictions]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    settings = json.loads((model / "feedback.json").read_text(encoding="utf-8"))
    temperatures = torch.tensor(settings["multi_label"]["temperatures"], dtype=torch.float64)
    network = AutoModelForSequenceClassification.from_pretrained(model, dtype=torch.float32, local_files_only=True).eval()
    assert network.config.problem_type == "multi_label_classification"
    tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    worst = 0.0
    with predictions.open(encoding="utf-8") as lines, torch.no_grad():
        for line in lines:
            row = json.loads(line)
            encoded = tokenizer(row["text"], truncation=True, max_length=settings["max_length"], return_tensors="pt")
            expected = torch.sigmoid(network(**encoded).logits[0].double() / temperatures)
            found = {score["label"]: score["score"] for score in row["scores"]}
            differences = [abs(found[network.config.id2label[label]] - float(value)) for label, value in enumerate(expected)]
            worst = max([worst, *differences])
    return worst


def main():
    parser = argparse.ArgumentParser(description="Compares multi-label trainings with scikit-learn.")
    parser.add_argument("--feedback", type=Path, required=True, help="the program")
    parser.add_argument("--data", type=Path, required=True, help="rows with `text` and `label`, repeated for each label")
    parser.add_argument("--work", type=Path, required=True, help="a folder for runs and models; finished runs are kept")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--parity", action="store_true", help="compare with Transformers too")
    parser.add_argument("more", nargs="*", help="further arguments of train")
    arguments = parser.parse_args()
    arguments.feedback = arguments.feedback.resolve()  # a bare name would be searched for in PATH
    arguments.work.mkdir(parents=True, exist_ok=True)
    found = {}
    for seed in arguments.seeds.split(","):
        run, model, report = train(arguments, seed)
        test = report["test"]
        of_seed = {"feedback": [100 * test["micro"]["f1"], 100 * test["macro"]["f1"]]}
        of_seed |= baselines(run / "data")
        for name, (micro, macro) in of_seed.items():
            print(f"seed {seed}: {name}: micro F1 {micro:.1f} %, macro F1 {macro:.1f} %")
            found.setdefault(name, []).append((micro, macro))
        print(f"seed {seed}: {report['seconds']:.0f} seconds, the model is {report['kind']}")
        if arguments.parity:
            worst = parity(arguments, run, model)
            print(f"seed {seed}: greatest difference to Transformers {worst:.1e}")
            if not worst <= TOLERANCE:
                raise SystemExit("Transformers computes something else")
    for name, values in found.items():
        micro, macro = np.mean(values, axis=0)
        print(f"mean of {len(values)}: {name}: micro F1 {micro:.1f} %, macro F1 {macro:.1f} %")


if __name__ == "__main__":
    main()
