#!/usr/bin/env bash
# Compares the time of the classification report with scikit-learn's report. Alternates the two sides (ours, theirs, ours, …)
# and keeps the best of RUNS runs of each side. Fails if the two reports differ. Prints a Markdown table.
#
#   PYTHON=~/venv/bin/python scripts/bench-report.sh
#
# Defaults: ROWS=1000000, RUNS=5. SKIP_BUILD=1 skips the build. NICE is a prefix for the commands of both sides, for example
# NICE="nice -n -5".
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
rows=${ROWS:-1000000}
[ -n "${SKIP_BUILD:-}" ] || cargo build --release --quiet -p feedback-metrics --example classification_speed
ours=${CARGO_TARGET_DIR:-target}/release/examples/classification_speed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for _ in $(seq "${RUNS:-5}"); do
  ${NICE:-} "$ours" "$rows" >"$work/ours"
  ${NICE:-} "$python" scripts/bench_report.py "$rows" >"$work/theirs"
  cmp <(tail -n +2 "$work/ours") <(tail -n +2 "$work/theirs")
  head -n 1 "$work/ours" >>"$work/ours.seconds"
  head -n 1 "$work/theirs" >>"$work/theirs.seconds"
done
best() { sort -g "$1" | head -n 1; }
echo "| task, $rows rows | ours | theirs | ratio | runs |"
echo "|---|---|---|---|---|"
awk -v a="$(best "$work/ours.seconds")" -v b="$(best "$work/theirs.seconds")" -v r="${RUNS:-5}" \
  'BEGIN { printf "| classification report | %.4f s | %.4f s | %.0f | %d |\n", a, b, b / a, r }'
