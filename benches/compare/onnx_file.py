"""Classifies a JSONL file with ONNX Runtime as a careful script would: sorted by length, in batches of so many padded tokens.

    python benches/compare/onnx_file.py MODEL GRAPH INPUT OUTPUT --budget 4096 --threads 2

MODEL is a model folder of Transformers, GRAPH an ONNX graph of it. Prints the seconds from loading the graph to the written file;
the time to import the libraries does not count.
"""

import argparse
import json
import time
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("graph")
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--budget", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--max-length", type=int, required=True)
    arguments = parser.parse_args()
    start = time.perf_counter()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(arguments.graph, options)
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    tokenizer.enable_truncation(arguments.max_length)
    tokenizer.no_padding()
    names = json.loads((arguments.model / "config.json").read_text())["id2label"]
    labels = [names[str(index)] for index in range(len(names))]
    records = [json.loads(line) for line in arguments.input.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    encodings = [encoding.ids for encoding in tokenizer.encode_batch([record["text"] for record in records])]
    by_length = sorted(range(len(records)), key=lambda index: len(encodings[index]))
    probabilities = numpy.zeros((len(records), len(labels)), dtype=numpy.float32)
    while by_length:
        # The longest first, so that the first batch has the width of the others.
        width = len(encodings[by_length[-1]])
        count = max(1, arguments.budget // width)
        batch, by_length = by_length[-count:], by_length[:-count]
        ids = numpy.zeros((len(batch), width), dtype=numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, index in enumerate(batch):
            ids[row, : len(encodings[index])] = encodings[index]
            mask[row, : len(encodings[index])] = 1
        logits = session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]
        exponentials = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities[batch] = exponentials / exponentials.sum(axis=1, keepdims=True)
    with arguments.output.open("w", encoding="utf-8") as output:
        for record, row in zip(records, probabilities):
            best = int(row.argmax())
            record["predicted_label"] = labels[best]
            record["confidence"] = float(row[best])
            record["scores"] = {label: float(value) for label, value in zip(labels, row)}
            output.write(json.dumps(record, ensure_ascii=False) + "\n")
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
