"""An optimised server for a classifier folder: FastAPI and ONNX Runtime, which batches the texts of all clients.

    python fastapi_onnx.py export --model DIR --onnx FILE
    python fastapi_onnx.py serve  --model DIR --onnx FILE [--port PORT] [--max-tokens N] [--limit-concurrency N]

The export is a separate command, so the server never loads PyTorch.
"""

import argparse
import asyncio
import json
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
MAX_TEXTS = 64
# Maximum time that the oldest text waits for a fuller batch.
MAX_DELAY_S = 0.002
# Maximum number of waiting texts that are sorted together, so texts of similar length share a batch.
WINDOW = 256


def export(arguments):
    import onnxruntime
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(arguments.model).eval()
    # Two rows, since a size of one could become a constant; separate tensors, since a tensor used three times would become one
    # input.
    example = {name: torch.zeros((2, 16), dtype=torch.int64) for name in INPUTS}  # [batch, seq]
    example["attention_mask"][0, :] = 1
    example["attention_mask"][1, :9] = 1
    axes = {0: torch.export.Dim("batch", max=1024), 1: torch.export.Dim("seq", max=model.config.max_position_embeddings)}
    torch.onnx.export(
        model,
        kwargs=example,
        f=arguments.onnx,
        input_names=INPUTS,
        output_names=["logits"],
        dynamic_shapes={name: axes for name in INPUTS},
        dynamo=True,
        external_data=False,
    )
    # Checks with other sizes than in the example, since the export could have fixed the sizes of the example.
    inputs = {name: torch.zeros((3, 40), dtype=torch.int64) for name in INPUTS}
    inputs["input_ids"].random_(model.config.vocab_size, generator=torch.Generator().manual_seed(42))
    inputs["attention_mask"][0, :] = inputs["attention_mask"][1:, :25] = 1
    session = onnxruntime.InferenceSession(arguments.onnx, providers=["CPUExecutionProvider"])
    found = session.run(["logits"], {name: tensor.numpy() for name, tensor in inputs.items()})[0]
    with torch.inference_mode():
        apart = float(np.abs(found - model(**inputs).logits.numpy()).max())
    # Differences come from the order of 32-bit sums; a wrong export differs by whole units.
    if not apart < 1e-3:
        raise SystemExit(f"the exported model's logits differ by {apart}, expected less than 0.001")


@dataclass
class Item:
    """A text that waits for its prediction."""

    token_ids: list[int]
    came: float
    answer: asyncio.Future


class Classifier:
    """The session, with the maximum length and the temperature from the model folder."""

    def __init__(self, folder: Path, onnx: Path):
        import onnxruntime
        from tokenizers import Tokenizer

        manifest = json.loads((folder / "feedback.json").read_text(encoding="utf-8"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.temperature = manifest.get("temperature") or 1.0
        self.labels = [config["id2label"][str(index)] for index in range(len(config["id2label"]))]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(manifest["max_length"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        self.session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])

    def probabilities(self, batch: list[Item]) -> list[list[float]]:
        shape = (len(batch), max(len(item.token_ids) for item in batch))
        input_ids = np.zeros(shape, dtype=np.int64)  # [batch, seq]
        attention_mask = np.zeros(shape, dtype=np.int64)  # [batch, seq]
        for row, item in enumerate(batch):
            input_ids[row, : len(item.token_ids)] = item.token_ids
            attention_mask[row, : len(item.token_ids)] = 1
        inputs = dict(zip(INPUTS, [input_ids, attention_mask, np.zeros_like(input_ids)]))
        logits = self.session.run(["logits"], inputs)[0] / self.temperature  # [batch, labels]
        raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return (raised / raised.sum(axis=-1, keepdims=True)).tolist()

    def describe(self, probabilities: list[float]) -> dict:
        scores = [{"label": label, "score": score} for label, score in zip(self.labels, probabilities)]
        scores.sort(key=lambda entry: -entry["score"])
        return {"predicted_label": scores[0]["label"], "confidence": scores[0]["score"], "scores": scores}


class Batcher:
    """Collects the texts of all clients, and runs the model on them in batches in another thread."""

    def __init__(self, classifier: Classifier, max_tokens: int):
        self.classifier = classifier
        self.max_tokens = max_tokens
        self.waiting: deque[Item] = deque()
        self.arrived = asyncio.Event()
        self.thread = ThreadPoolExecutor(max_workers=1)

    async def classify(self, texts: list[str]) -> list[dict]:
        loop = asyncio.get_running_loop()
        # Not in another thread: for one or two texts, switching threads takes longer than the encoding.
        encodings = self.classifier.tokenizer.encode_batch(texts)
        items = [Item(encoding.ids, loop.time(), loop.create_future()) for encoding in encodings]
        self.waiting.extend(items)
        self.arrived.set()
        return [self.classifier.describe(row) for row in await asyncio.gather(*(item.answer for item in items))]

    async def work(self):
        loop = asyncio.get_running_loop()
        while True:
            for batch in batches(await self.window(), self.max_tokens):
                try:
                    rows = await loop.run_in_executor(self.thread, self.classifier.probabilities, batch)
                    settle = [(item.answer.set_result, row) for item, row in zip(batch, rows)]
                except Exception as error:
                    settle = [(item.answer.set_exception, error) for item in batch]
                for item, (answer, value) in zip(batch, settle):
                    if not item.answer.done():
                        answer(value)

    async def window(self) -> list[Item]:
        """Returns up to WINDOW waiting texts, as soon as a batch is full or the oldest has waited MAX_DELAY_S."""
        loop = asyncio.get_running_loop()
        while not self.is_full():
            left = self.waiting[0].came + MAX_DELAY_S - loop.time() if self.waiting else None
            if left is not None and left <= 0:
                break
            self.arrived.clear()
            try:
                await asyncio.wait_for(self.arrived.wait(), left)
            except TimeoutError:
                break
        return [self.waiting.popleft() for _ in range(min(len(self.waiting), WINDOW))]

    def is_full(self) -> bool:
        if len(self.waiting) >= MAX_TEXTS:
            return True
        longest = max((len(item.token_ids) for item in self.waiting), default=0)
        return longest * len(self.waiting) >= self.max_tokens


def batches(window: list[Item], max_tokens: int) -> list[list[Item]]:
    """Returns batches of texts of similar length, with at most MAX_TEXTS texts and `max_tokens` tokens, padding included."""
    cut: list[list[Item]] = []
    for item in sorted(window, key=lambda item: len(item.token_ids)):
        # The texts are sorted by length, so this text is the longest of its batch.
        if cut and len(cut[-1]) < MAX_TEXTS and (len(cut[-1]) + 1) * len(item.token_ids) <= max_tokens:
            cut[-1].append(item)
        else:
            cut.append([item])
    return cut


def serve(arguments):
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse
    from pydantic import BaseModel, Field

    class Request(BaseModel):
        texts: list[str] = Field(min_length=1, max_length=1024)
        store: bool = False

    batcher = Batcher(Classifier(arguments.model, arguments.onnx), arguments.max_tokens)

    @asynccontextmanager
    async def lifespan(_app):
        task = asyncio.create_task(batcher.work())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.post("/api/v1/classify")
    async def classify(request: Request) -> dict:
        return {"model": arguments.model.name, "predictions": await batcher.classify(request.texts)}

    @app.get("/readyz", response_class=PlainTextResponse)
    async def ready() -> str:
        return "ok\n"

    limit = arguments.limit_concurrency
    uvicorn.run(app, port=arguments.port, limit_concurrency=limit, access_log=False, log_level="warning")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["export", "serve"])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8503)
    parser.add_argument("--max-tokens", type=int, default=4096, help="maximum tokens of a batch, padding included")
    parser.add_argument("--limit-concurrency", type=int, help="answer 503 above this number of connections; no limit by default")
    arguments = parser.parse_args()
    {"export": export, "serve": serve}[arguments.command](arguments)


if __name__ == "__main__":
    main()
