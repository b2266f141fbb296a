#!/usr/bin/env bash
# A wrapper of rustc: compiles the crates of this project, and dependencies that parse input, with coverage for libFuzzer, and
# all other crates as usual. The flags are the same as cargo-fuzz uses without a sanitizer.
name=
for argument in "${@:2}"; do
  [ "$previous" = --crate-name ] && name=$argument
  previous=$argument
done
case $name in
  build_script_* | *_derive) exec "$@" ;;
  feedback_* | serde_json | safetensors | csv_core | calamine | quick_xml | cfb | zip | parquet | arrow_* | encoding_rs | hyper | http | httparse | multer | axum | axum_core | base64 | fuzz_*)
    exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 ;;
  *) exec "$@" ;;
esac
