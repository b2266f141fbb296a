#!/usr/bin/env bash
# Times the pages of the server and some requests of its API on a store of many texts. `store_at_scale` fills a state folder, with
# vectors; the server then serves it with the built-in model. Prints a Markdown table: the median and the slowest of RUNS requests, after
# one that is not counted. Run nothing else on the machine.
#
#   scripts/bench-store.sh [ROWS]                 1000000
#
#   FOLDER    target/bench-store-ROWS             filled if it does not exist; about 1.6 GB for a million texts
#   FEEDBACK  target/release/feedback             built if not set
#   RUNS      7
#   PORT      18601
#   KEEP      none                                1 keeps the server running at the end
#   DATABASE  none                                `postgres` copies the texts into FEEDBACK_POSTGRES_URL, and measures that:
#             scripts/with-postgres.sh env DATABASE=postgres scripts/bench-store.sh
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-1000000}
target=${CARGO_TARGET_DIR:-target}
folder=${FOLDER:-$target/bench-store-$rows}
feedback=${FEEDBACK:-$target/release/feedback}
runs=${RUNS:-7}
port=${PORT:-18601}
url=http://127.0.0.1:$port

features=()
[ "${DATABASE:-}" != postgres ] || features=(--features postgres)
[ -n "${FEEDBACK:-}" ] || cargo build --release -p feedback-app "${features[@]}" --bin feedback
if [ ! -e "$folder" ]; then
  cargo run --release -p feedback-benches --features compare --example store_at_scale -- "$folder" "$rows"
fi
serve() {
  "$feedback" serve --model builtin --state-dir "$folder" --addr "127.0.0.1:$port" >"$folder.log" 2>&1 &
  server=$!
}
ready() {
  until curl -sf "$url/readyz" >/dev/null; do
    kill -0 $server || { cat "$folder.log" >&2; exit 1; }
    sleep 1
  done
}
if [ "${DATABASE:-}" = postgres ]; then
  PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  export FEEDBACK_DATABASE_URL=$FEEDBACK_POSTGRES_URL
  # `migrate` renames the file, so a copy is moved.
  copy=$(mktemp -d)
  cp "$folder/feedback.sqlite" "$copy"
  time "$feedback" migrate --to-postgres --state-dir "$copy"
  rm -rf "$copy"
fi
serve
[ -n "${KEEP:-}" ] || trap 'kill $server; wait $server 2>/dev/null || true' EXIT
ready
# The vectors are compared with the texts once after a start.
until [ "$(curl -sf "$url/api/v1/similar?text=crashes&k=1" | sed 's/.*"covered":\([0-9]*\).*/\1/')" -ge "$rows" ] 2>/dev/null; do sleep 2; done
# Themes are also found once after a start.
until ! curl -sf "$url/api/v1/themes" | grep -q '"found_at":null'; do sleep 2; done

measure() {
  local name=$1 path=$2 times=()
  curl -sgf -o /dev/null "$url$path" || { echo "| $name | failed | |"; return; }
  for _ in $(seq "$runs"); do times+=("$(curl -sgf -o /dev/null -w '%{time_total}' "$url$path")"); done
  printf '%s\n' "${times[@]}" | sort -n | awk -v name="$name" '{ a[NR] = $1 * 1000 }
    END { printf "| %s | %.0f | %.0f |\n", name, a[int((NR + 1) / 2)], a[NR] }'
}

echo "| request | median, ms | slowest, ms |"
echo "|---|--:|--:|"
measure "Home" "/"
measure "Explore, by category" "/explore"
measure "Explore, complaints by plan" "/explore?label=complaint&by=plan"
measure "Explore, by source" "/explore?by=source"
measure "Explore, by theme" "/explore?by=theme"
measure "Explore, by sentiment" "/explore?by=answer[sentiment]"
measure "Explore, compared with the period before" "/explore?compare=before&period=90d"
measure "Dashboard" "/dashboard"
measure "History" "/history"
measure "Review" "/review"
measure "Themes" "/themes"
measure "Inbox" "/inbox"
measure "Report" "/report"
measure "Files" "/batches"
measure "Train" "/train"
measure "About the model" "/about"
measure "Models" "/models"
measure "Rules" "/rules"
measure "Disagreements" "/disagreements"
measure "Drift" "/drift"
measure "Logs" "/logs"
measure "System" "/system"
measure "Filter: category" "/history?label=complaint"
measure "Filter: one month" "/history?from=2026-03-01&to=2026-03-31"
measure "Filter: source" "/history?source=mail"
measure "Filter: plan, country, version, stars" "/history?field[plan]=pro&field[country]=DE&field[version]=4.2&field[stars]=5"
measure "Explore with that filter" "/explore?field[plan]=pro&field[country]=DE&field[version]=4.2&field[stars]=5"
measure "Filter: ten fields" "/history?field[plan]=pro&field[country]=DE&field[version]=4.2&field[stars]=5&field[device]=d1&field[team]=t1&field[channel]=c1&field[segment]=s1&field[contract]=k1&field[size]=z1"
measure "Filter: a value in another case" "/history?field[plan]=PRO"
measure "Filter: theme" "/history?theme=0"
measure "Filter: sentiment" "/history?answer[sentiment]=negative"
measure "Text search, first page" "/history?q=refund"
measure "Text search, no hit" "/history?q=zzzzqx"
measure "Similar texts (page)" "/similar?text=it%20crashes%20after%20the%20update"
measure "Similar texts" "/api/v1/similar?text=it%20crashes%20after%20the%20update&k=50"
measure "Corrected shares" "/api/v1/shares"
