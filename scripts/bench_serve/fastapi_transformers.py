"""A simple server for a classifier folder: FastAPI, Transformers and PyTorch, one forward pass per request.

    python fastapi_transformers.py --model DIR [--port PORT] [--limit-concurrency N]
"""

import argparse
import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from transformers import AutoModelForSequenceClassification, AutoTokenizer


class Request(BaseModel):
    texts: list[str] = Field(min_length=1, max_length=1024)
    store: bool = False


class Classifier:
    """The model, with the maximum length and the temperature from its folder."""

    def __init__(self, folder: Path):
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        manifest = json.loads((folder / "feedback.json").read_text(encoding="utf-8"))
        self.max_length = manifest["max_length"]
        self.temperature = manifest.get("temperature") or 1.0
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        self.labels = [self.model.config.id2label[index] for index in range(self.model.config.num_labels)]

    @torch.inference_mode()
    def predict(self, texts: list[str]) -> list[dict]:
        batch = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        )  # [batch, seq]
        logits = self.model(**batch).logits  # [batch, labels]
        return [self.describe(row) for row in (logits / self.temperature).softmax(dim=-1).tolist()]

    def describe(self, probabilities: list[float]) -> dict:
        scores = [{"label": label, "score": score} for label, score in zip(self.labels, probabilities)]
        scores.sort(key=lambda entry: -entry["score"])
        return {"predicted_label": scores[0]["label"], "confidence": scores[0]["score"], "scores": scores}


def build(folder: Path) -> FastAPI:
    classifier = Classifier(folder)
    # One forward pass at a time uses all cores; parallel passes would only add threads.
    thread = ThreadPoolExecutor(max_workers=1)
    app = FastAPI()

    @app.post("/api/v1/classify")
    async def classify(request: Request) -> dict:
        loop = asyncio.get_running_loop()
        predictions = await loop.run_in_executor(thread, classifier.predict, request.texts)
        return {"model": folder.name, "predictions": predictions}

    @app.get("/readyz", response_class=PlainTextResponse)
    async def ready() -> str:
        return "ok\n"

    return app


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8502)
    parser.add_argument("--limit-concurrency", type=int, help="answer 503 above this number of connections; no limit by default")
    arguments = parser.parse_args()
    uvicorn.run(
        build(arguments.model),
        port=arguments.port,
        limit_concurrency=arguments.limit_concurrency,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
