#!/usr/bin/env bash
# The classification report beside scikit-learn's: one run, taking turns (ours, theirs, ours, …), the best of RUNS each; the
# two reports must be the same text. Prints a row of Markdown.
#
#   PYTHON=~/venv/bin/python scripts/bench-report.sh
#
# ROWS is 1000000 and RUNS 5 where they are not set. NICE runs both sides alike, for example NICE="nice -n -5".
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
rows=${ROWS:-1000000}
[ -n "${SKIP_BUILD:-}" ] || cargo build --release --quiet -p feedback-metrics --example report_speed
ours=${CARGO_TARGET_DIR:-target}/release/examples/report_speed
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
