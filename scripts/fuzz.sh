#!/usr/bin/env bash
# Fuzzes a target for some seconds, starting from the corpus in fixtures/fuzz. Needs only stable Rust: coverage comes from
# stable compiler flags, libFuzzer from a crate (which needs a C++ compiler). Exits with an error if it finds a failure.
#
#   scripts/fuzz.sh TARGET 600         fuzz for 600 seconds; TARGET is jsonl, csv, spreadsheet, columnar, container, export, config,
#                                      tokenizer, safetensors, http, upload or webhook
#   scripts/fuzz.sh pack jsonl         save a minimal corpus in fixtures/fuzz/jsonl.hex
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }

target_dir=$PWD/fuzz/target
triple=$(rustc -vV | sed -n 's/^host: //p')

build() {
  RUSTC_WRAPPER=$PWD/fuzz/rustc.sh CARGO_TARGET_DIR=$target_dir cargo build --release --target "$triple" \
    --manifest-path fuzz/Cargo.toml --bin "$1"
}

unpack() {
  mkdir -p "fuzz/corpus/$1"
  local index=0 line
  [ ! -f "fixtures/fuzz/$1.hex" ] || while read -r line; do
    printf '%b' "$(sed 's/../\\x&/g' <<<"$line")" >"fuzz/corpus/$1/seed-$((index++))"
  done <"fixtures/fuzz/$1.hex"
  # Some targets also start from real files and requests.
  case $1 in
    config) cp fixtures/tiny-bert/config.json "fuzz/corpus/$1/seed" ;;
    tokenizer) cp fixtures/tiny-bert/tokenizer.json "fuzz/corpus/$1/seed" ;;
    spreadsheet)
      { printf '\0'; cat fixtures/formats/table.xls; } >"fuzz/corpus/$1/seed-xls"
      { printf '\1'; unzip -p fixtures/formats/sheets.xlsx xl/worksheets/sheet2.xml; printf '\377'
        unzip -p fixtures/formats/sheets.xlsx xl/sharedStrings.xml; } >"fuzz/corpus/$1/seed-xlsx"
      { printf '\2'; unzip -p fixtures/formats/table.ods content.xml; } >"fuzz/corpus/$1/seed-ods"
      { printf '\2'; unzip -p fixtures/formats/sheets.ods content.xml; } >"fuzz/corpus/$1/seed-sheets" ;;
    columnar)
      for file in table.parquet types-lz4.parquet types-zstd.parquet table.arrow types-lz4.arrow table.arrows types-zstd.arrows; do
        cp "fixtures/formats/$file" "fuzz/corpus/$1/seed-$file"
      done ;;
    container)
      index=0
      for file in table.csv table.csv.gz table.json.zst table.csv.zip table.tsv gzip-in.zip several.zip two-frames.csv.zst; do
        { printf "\\x0$((index % 6))"; cat "fixtures/formats/$file"; } >"fuzz/corpus/$1/seed-$((index++))"
      done ;;
    export)
      index=0
      for file in fasttext.txt label_studio.csv label_studio.json rasa.yml qualtrics.csv argilla.jsonl prodigy.jsonl spacy.jsonl; do
        { printf "\\x0$((index % 6))"; cat "fixtures/tour/$file"; } >"fuzz/corpus/$1/seed-$((index++))"
      done ;;
    safetensors)
      # A zero byte, then the header of the file without the 8 bytes of its length.
      local n
      n=$(($(od -An -t u8 -N 8 fixtures/tiny-bert/model.safetensors)))
      { printf '\0'; head -c $((n + 8)) fixtures/tiny-bert/model.safetensors | tail -c +9; } >"fuzz/corpus/$1/seed" ;;
    http)
      index=0
      for body in '{"text": "so slow"}' '{"inputs": ["so slow"]}' '{"prediction_id": 1, "label": "bug"}' '' '{"source": "mail"}' '' \
        $'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\ntext\nhello\n\r\n--b--\r\n' '{"text_field": "text"}' \
        '' '{"pooling": "mean", "seed": 1}' '{"row": "train:1", "label": "bug"}' '' '' 'csrf=a&key=b' 'csrf=a&text=b' 'csrf=a&label=bug'; do
        kind=0
        case $body in --b*) kind=2 ;; csrf*) kind=1 ;; esac
        printf "\\x$(printf %02x $index)\\x0$kind%s" "$body" >"fuzz/corpus/$1/seed-$((index++))"
      done ;;
    upload)
      printf '\0text,label\n"it is, slow",bug\nfine,praise\n' >"fuzz/corpus/$1/seed-csv"
      printf '\2{"text": "it is slow", "label": "bug", "created_at": "2026-01-31"}\n' >"fuzz/corpus/$1/seed-jsonl"
      printf '\3one\ntwo\n' >"fuzz/corpus/$1/seed-lines" ;;
    webhook)
      printf '\0\1{"text": "so slow", "source": "mail", "created_at": "2026-01-31T10:00:00Z"}' >"fuzz/corpus/$1/seed-signed"
      printf '\1\1msg_1\n1700000000\nv1,AAAA\n{"texts": ["so slow"]}' >"fuzz/corpus/$1/seed-unsigned" ;;
  esac
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
most=4096
case $1 in config | tokenizer | safetensors | spreadsheet | columnar) most=16384 ;; esac
dictionary=()
[ ! -f "fuzz/$1.dict" ] || dictionary=(-dict="fuzz/$1.dict")
"$target_dir/$triple/release/$1" -max_total_time="$2" -max_len=$most -timeout=20 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$1/" "${dictionary[@]}" "fuzz/corpus/$1"
