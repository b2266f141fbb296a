"""Generates the data of scripts/bench-data.sh and scripts/bench-formats.sh, and times one task on it with a Python library.

    python scripts/bench_data.py make FILE ROWS
    python scripts/bench_data.py convert FILE OTHER
    python scripts/bench_data.py TASK FILE

TASK is read, split, normalised or near, or for other formats csv, csv_pyarrow, xlsx, parquet, parquet_pandas or
parquet_pylist. `convert` writes the rows as .csv, .xlsx or .parquet. Prints the wall seconds and CPU seconds of the task, for
other formats the peak memory in MiB, and the size of the result.
"""

import json
import random
import resource
import sys
import time
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "fixtures" / "feedback.jsonl"


def make(path, rows):
    """Writes rows of 6 to 30 words, made from word sequences of the corpus; one row in twenty is a near copy of an earlier row."""
    draw = random.Random(42)
    corpus = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    words = [word for row in corpus for word in row["text"].split()]
    texts = []
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for index in range(rows):
            row = dict(corpus[draw.randrange(len(corpus))])
            if texts and draw.random() < 0.05:
                text = texts[draw.randrange(len(texts))].split()
                text[draw.randrange(len(text))] = words[draw.randrange(len(words))]
                text = " ".join(text) if draw.random() < 0.7 else " ".join(text).upper() + "!"
            else:
                runs = []
                for _ in range(draw.randrange(2, 7)):
                    start = draw.randrange(len(words) - 5)
                    runs += words[start : start + draw.randrange(3, 6)]
                text = " ".join(runs)
            texts.append(text)
            row["id"] = f"r{index}"
            row["text"] = text
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def load(path):
    """Returns the rows as a data frame; not part of the timed task."""
    import pandas

    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    return pandas.DataFrame(rows)


def clock():
    return time.perf_counter(), time.process_time()


def since(start):
    return tuple(now - then for now, then in zip(clock(), start))


def task_read(path):
    import pandas

    start = clock()
    # Without inference of dates and types, which our reader does not do either.
    frame = pandas.read_json(path, lines=True, convert_dates=False, dtype=False)
    return since(start), len(frame)


def task_split(path):
    import numpy
    from sklearn.model_selection import train_test_split

    labels = numpy.unique(load(path)["label"].to_numpy(dtype=str), return_inverse=True)[1]
    rows = numpy.arange(len(labels))
    start = clock()
    _, test = train_test_split(rows, test_size=0.2, stratify=labels, random_state=42)
    return since(start), len(test)


def task_normalised(path):
    texts = load(path)["text"]
    start = clock()
    folded = texts.str.normalize("NFKD").str.casefold().str.replace("[\u0300-\u036f'\u2019]", "", regex=True)
    folded = folded.str.replace(r"[\W_]+", " ", regex=True).str.strip()
    groups, found = folded.factorize()
    return since(start), len(found)


def task_near(path):
    from datasketch import MinHash, MinHashLSH

    texts = load(path)["text"].tolist()
    start = clock()
    shingles = []
    for text in texts:
        folded = " ".join(text.lower().split())
        shingles.append([folded[at : at + 4].encode() for at in range(max(len(folded) - 3, 1))])
    index = MinHashLSH(threshold=0.7, num_perm=128)
    parents = list(range(len(texts)))

    def find(row):
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    # Candidates are joined without verification. Our code verifies them, so datasketch has less work here.
    for row, hashed in enumerate(MinHash.generator(shingles, num_perm=128)):
        for other in index.query(hashed):
            a, b = find(row), find(other)
            parents[max(a, b)] = min(a, b)
        index.insert(row, hashed, check_duplication=False)
    groups = {find(row) for row in range(len(texts))}
    return since(start), len(groups)


def convert(path, other):
    """Writes the rows in another format."""
    frame = load(path)
    if other.endswith(".csv"):
        frame.to_csv(other, index=False)
    elif other.endswith(".parquet"):
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame, preserve_index=False), other)
    else:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Feedback")

        def text(value):
            cell = WriteOnlyCell(sheet, value)
            cell.data_type = "s"  # also a text that begins with =
            return cell

        sheet.append(list(frame.columns))
        for row in frame.itertuples(index=False):
            sheet.append([text(value) for value in row])
        book.save(other)


def task_csv(path):
    import pandas

    start = clock()
    # Without inference of types and missing values, which our reader does not do either.
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    return since(start), len(frame)


def task_csv_pyarrow(path):
    import pandas

    start = clock()
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, engine="pyarrow")
    return since(start), len(frame)


def task_xlsx(path):
    from openpyxl import load_workbook

    start = clock()
    sheet = load_workbook(path, read_only=True).worksheets[0]
    rows = sum(1 for _ in sheet.iter_rows(values_only=True))
    return since(start), rows - 1


def task_parquet(path):
    import pyarrow.parquet

    start = clock()
    # Columns only: no row becomes an object.
    table = pyarrow.parquet.read_table(path)
    return since(start), table.num_rows


def task_parquet_pandas(path):
    import pyarrow.parquet

    start = clock()
    frame = pyarrow.parquet.read_table(path).to_pandas()
    return since(start), len(frame)


def task_parquet_pylist(path):
    import pyarrow.parquet

    start = clock()
    # Rows as dictionaries, like our records.
    rows = pyarrow.parquet.read_table(path).to_pylist()
    return since(start), len(rows)


FORMAT_TASKS = ["csv", "csv_pyarrow", "xlsx", "parquet", "parquet_pandas", "parquet_pylist"]


def main():
    task, path = sys.argv[1], sys.argv[2]
    if task == "make":
        make(path, int(sys.argv[3]))
        return
    if task == "convert":
        convert(path, sys.argv[3])
        return
    (seconds, cpu_seconds), found = globals()[f"task_{task}"](path)
    memory = f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}" if task in FORMAT_TASKS else ""
    print(f"{seconds:.4f} {cpu_seconds:.2f}{memory} {found}")


if __name__ == "__main__":
    main()
