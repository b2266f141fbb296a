"""Compares themes with those of BERTopic's defaults (UMAP and HDBSCAN) on the same vectors.

    FEEDBACK_SHARED_DIR=../shared python benches/compare/themes.py banking77 FOLDER
    FEEDBACK_SHARED_DIR=../shared python benches/compare/themes.py clinc150 FOLDER

Needs sentence-transformers, scikit-learn, SciPy, umap-learn 0.5.12 and hdbscan 0.8.44. Embeds the training texts with
all-MiniLM-L6-v2, hides their intents inside 10 groups (banking77) or 15 (clinc150), found by Ward's method from the mean vectors
of the intents, and writes `vectors.f32` and `rows.tsv` into the folder for

    cargo run --release -p feedback-insight --example themes_of_vectors -- FOLDER

Then prints the same figures for UMAP and HDBSCAN. Outliers count as clusters of one text each, on both sides.
"""

import json
import os
import sys
import time
from pathlib import Path

import hdbscan
import numpy as np
import umap
from scipy.cluster.hierarchy import fcluster, linkage
from sentence_transformers import SentenceTransformer
from sklearn.metrics import adjusted_rand_score, v_measure_score

SHARED = Path(os.environ["FEEDBACK_SHARED_DIR"])
GROUPS = {"banking77": 10, "clinc150": 15}
SEED = 42


def bertopic(vectors):
    reducer = umap.UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=SEED)
    found = hdbscan.HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method="eom")
    return found.fit_predict(reducer.fit_transform(vectors))


def main(name, folder):
    lines = (SHARED / "data" / name / "train.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    names = sorted({record["label"] for record in records})
    labels = np.array([names.index(record["label"]) for record in records])
    encoder = SentenceTransformer(str(SHARED / "weights" / "all-MiniLM-L6-v2"), device="cpu")
    vectors = encoder.encode([r["text"] for r in records], batch_size=64, normalize_embeddings=True).astype("<f4")
    means = np.stack([vectors[labels == label].mean(axis=0) for label in range(len(names))])
    groups = fcluster(linkage(means, "ward"), GROUPS[name], "maxclust")[labels] - 1

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vectors.f32").write_bytes(vectors.tobytes())
    rows = "".join(f"{group}\t{label}\n" for group, label in zip(groups, labels, strict=True))
    (folder / "rows.tsv").write_text(rows, encoding="utf-8")

    everything = np.arange(len(labels))
    parts = {
        "within groups": [everything[groups == group] for group in range(GROUPS[name])],
        "across groups": [everything],
    }
    for place, row_lists in parts.items():
        start = time.process_time()
        found = np.full(len(labels), -1)
        for chosen in row_lists:
            part = bertopic(vectors[chosen])
            found[chosen[part >= 0]] = part[part >= 0] + found.max() + 1
        seconds = time.process_time() - start
        outliers = found < 0
        n_themes = found.max() + 1
        found[outliers] = n_themes + np.arange(outliers.sum())
        print(
            f"{place}: ARI {adjusted_rand_score(labels, found):.4f}, V-measure {v_measure_score(labels, found):.4f}, "
            f"{outliers.sum()} outliers, {n_themes} themes, {seconds:.1f} s of CPU time",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
