#!/usr/bin/env bash
# Compares the times of reading CSV, .xlsx and Parquet with pandas, openpyxl and pyarrow. Alternates the two sides (ours, theirs,
# ours, theirs, …) and keeps the median of RUNS runs of each side. Prints a Markdown table.
#
#   PYTHON=~/venv/bin/python scripts/bench-formats.sh [TASK …]
#
# Tasks: csv, csv_pyarrow, xlsx, parquet, parquet_pandas, parquet_pylist. Defaults: ROWS=100000, RUNS=5. SKIP_BUILD=1 skips the build.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
rows=${ROWS:-100000}
runs=${RUNS:-5}
target=${CARGO_TARGET_DIR:-target}
jsonl=$target/bench-data-$rows.jsonl
tasks=("$@")
[ ${#tasks[@]} -gt 0 ] || tasks=(csv xlsx parquet parquet_pandas parquet_pylist)

ours=$target/release/examples/read_speed
[ -n "${SKIP_BUILD:-}" ] || cargo build --release --quiet -p feedback-formats --example read_speed
[ -f "$jsonl" ] || "$python" scripts/bench_data.py make "$jsonl" "$rows"

# Middle of the values; of an even number, the lower one.
median() { printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"; }

"$python" - <<'PYTHON'
import platform
from importlib.metadata import version
print("Python", platform.python_version() + ",", ", ".join(f"{name} {version(name)}" for name in ["pandas", "pyarrow", "openpyxl"]))
PYTHON
echo
echo "| task | rows | ours | theirs | ratio | ours, CPU | theirs, CPU | ours, memory | theirs, memory | runs |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for task in "${tasks[@]}"; do
  data=${jsonl%.jsonl}.${task%%_*}
  [ -f "$data" ] || "$python" scripts/bench_data.py convert "$jsonl" "$data"
  wall=() cpu=() memory=() their_wall=() their_cpu=() their_memory=()
  for _ in $(seq "$runs"); do
    read -r seconds busy mib found <<<"$("$ours" "$data")"
    wall+=("$seconds") cpu+=("$busy") memory+=("$mib")
    read -r seconds busy mib other <<<"$("$python" -W ignore scripts/bench_data.py "$task" "$data")"
    their_wall+=("$seconds") their_cpu+=("$busy") their_memory+=("$mib")
    [ "$found" = "$other" ] || { echo "$task: we read $found rows, they $other" >&2; exit 1; }
  done
  awk -v t="$task" -v n="$found" -v a="$(median "${wall[@]}")" -v b="$(median "${their_wall[@]}")" \
    -v c="$(median "${cpu[@]}")" -v d="$(median "${their_cpu[@]}")" -v m="$(median "${memory[@]}")" \
    -v w="$(median "${their_memory[@]}")" -v r="$runs" \
    'BEGIN { printf "| %s | %d | %.3f s | %.3f s | %.2f | %.2f s | %.2f s | %d MiB | %d MiB | %d |\n", t, n, a, b, b / a, c, d, m, w, r }'
done
