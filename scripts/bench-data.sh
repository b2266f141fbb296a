#!/usr/bin/env bash
# Compares the times of reading, splitting and duplicate detection with pandas, scikit-learn and datasketch. Alternates the two
# sides (ours, theirs, ours, theirs, …) and keeps the best of RUNS runs of each side. Prints a Markdown table.
#
#   PYTHON=~/venv/bin/python scripts/bench-data.sh [TASK …]
#
# Defaults: ROWS=1000000, RUNS=5, and NEAR_RUNS=1 for `near`, which takes minutes in Python. SKIP_BUILD=1 skips the build. NICE is a
# prefix for the commands of both sides, for example NICE="nice -n -5".
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
rows=${ROWS:-1000000}
target=${CARGO_TARGET_DIR:-target}
data=$target/bench-data-$rows.jsonl
tasks=("$@")
[ ${#tasks[@]} -gt 0 ] || tasks=(read split normalised near)

ours=$target/release/examples/data_speed
[ -n "${SKIP_BUILD:-}" ] || cargo build --release --quiet -p feedback-dataset --example data_speed
[ -f "$data" ] || "$python" scripts/bench_data.py make "$data" "$rows"

best() { printf '%s\n' "$@" | sort -g | head -n 1; }

"$python" - <<'PYTHON'
import sys, platform
from importlib.metadata import version
names = ["numpy", "pandas", "scikit-learn", "datasketch"]
print("Python", platform.python_version() + ",", ", ".join(f"{name} {version(name)}" for name in names))
PYTHON
echo
echo "| task, $rows rows | ours | theirs | ratio | ours, CPU | theirs, CPU | ratio | runs | found by us, by them |"
echo "|---|---|---|---|---|---|---|---|---|"
for task in "${tasks[@]}"; do
  runs=${RUNS:-5}
  [ "$task" != near ] || runs=${NEAR_RUNS:-1}
  wall=() cpu=() their_wall=() their_cpu=()
  for _ in $(seq "$runs"); do
    read -r seconds busy found <<<"$(${NICE:-} "$ours" "$task" "$data")"
    wall+=("$seconds") cpu+=("$busy")
    read -r seconds busy other <<<"$(${NICE:-} "$python" -W ignore scripts/bench_data.py "$task" "$data")"
    their_wall+=("$seconds") their_cpu+=("$busy")
  done
  awk -v t="$task" -v a="$(best "${wall[@]}")" -v b="$(best "${their_wall[@]}")" \
    -v c="$(best "${cpu[@]}")" -v d="$(best "${their_cpu[@]}")" -v r="$runs" -v f="$found" -v o="$other" \
    'BEGIN { printf "| %s | %.3f s | %.3f s | %.1f | %.2f s | %.2f s | %.1f | %d | %s, %s |\n",
             t, a, b, b / a, c, d, d / (c > 0 ? c : 0.01), r, f, o }'
done
