#!/usr/bin/env bash
# Fuzzes a reader for some seconds, starting from the corpus in fixtures/fuzz. Needs only stable Rust: coverage comes from
# stable compiler flags, libFuzzer from a crate (which needs a C++ compiler). Exits with an error if it finds a failure.
#
#   scripts/fuzz.sh jsonl 300          fuzz for 300 seconds
#   scripts/fuzz.sh csv 300
#   scripts/fuzz.sh pack jsonl         save a minimal corpus in fixtures/fuzz/jsonl.hex
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }

target_dir=$PWD/fuzz/target
triple=$(rustc -vV | sed -n 's/^host: //p')

build() {
  # The flags of cargo-fuzz without the sanitizer: there is no unsafe code to check.
  RUSTFLAGS="--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0" \
    CARGO_TARGET_DIR=$target_dir cargo build --release --target "$triple" --manifest-path fuzz/Cargo.toml --bin "$1"
}

unpack() {
  mkdir -p "fuzz/corpus/$1"
  local index=0 line
  [ ! -f "fixtures/fuzz/$1.hex" ] || while read -r line; do
    printf '%b' "$(sed 's/../\\x&/g' <<<"$line")" >"fuzz/corpus/$1/seed-$((index++))"
  done <"fixtures/fuzz/$1.hex"
}

if [ "$1" = pack ]; then
  build "$2"
  rm -rf "fuzz/corpus/$2.min"
  mkdir -p "fuzz/corpus/$2.min"
  "$target_dir/$triple/release/$2" -merge=1 -max_len=512 "fuzz/corpus/$2.min" "fuzz/corpus/$2"
  for file in $(find "fuzz/corpus/$2.min" -type f -size -600c | sort | head -n 400); do
    od -An -v -tx1 "$file" | tr -d ' \n'
    echo
  done >"fixtures/fuzz/$2.hex"
  wc -lc "fixtures/fuzz/$2.hex"
  exit
fi

build "$1"
unpack "$1"
mkdir -p "fuzz/artifacts/$1"
"$target_dir/$triple/release/$1" -max_total_time="$2" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$1/" -dict="fuzz/$1.dict" "fuzz/corpus/$1"
