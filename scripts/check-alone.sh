#!/usr/bin/env bash
# For each library crate (or each CRATE), makes a project outside the workspace that depends on the crate by path, and runs the
# example of the crate page in this project. Fails if files, text, clean, builtin, dataset, formats, metrics, drift, drivers, baselines, inspect, insight, report, vectors, shards, hub, corrections, triage or store depends
# on Burn.
#
#   scripts/check-alone.sh [CRATE ...]
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
crates=("$@")
[ ${#crates[@]} -gt 0 ] || crates=(feedback-files feedback-text feedback-clean feedback-builtin feedback-dataset feedback-formats feedback-metrics feedback-drift feedback-drivers feedback-baselines feedback-inspect feedback-insight feedback-report feedback-vectors feedback-shards feedback-hub feedback-triage
  feedback-corrections feedback-kernels feedback-bert feedback-trainer feedback-inference feedback-heads feedback-start feedback-pipeline feedback-studies feedback-multilabel feedback-compare feedback-pretrain feedback-cli
  feedback-store feedback-server)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/alone

for crate in "${crates[@]}"; do
  project=$work/$crate
  mkdir -p "$project/src"
  # Other crates that the example uses.
  case $crate in
    feedback-builtin | feedback-store | feedback-vectors | feedback-shards) extra='tempfile = "3"' ;;
    feedback-dataset | feedback-hub) extra='tempfile = "3"
fs-err = "3"' ;;
    feedback-formats) extra='flate2 = { version = "1.1", default-features = false, features = ["zlib-rs"] }
feedback-dataset = { path = "'$root'/crates/feedback-dataset" }' ;;
    feedback-inspect | feedback-corrections) extra='tempfile = "3"
feedback-dataset = { path = "'$root'/crates/feedback-dataset" }' ;;
    feedback-kernels | feedback-trainer) extra='burn = { version = "0.22.1", default-features = false, features = ["std", "flex", "autodiff"] }' ;;
    feedback-heads) extra='feedback-bert = { path = "'$root'/crates/feedback-bert" }
feedback-inference = { path = "'$root'/crates/feedback-inference" }' ;;
    feedback-start) extra='tempfile = "3"
feedback-bert = { path = "'$root'/crates/feedback-bert" }
feedback-heads = { path = "'$root'/crates/feedback-heads" }
feedback-inference = { path = "'$root'/crates/feedback-inference" }' ;;
    feedback-inference) extra='tempfile = "3"
feedback-bert = { path = "'$root'/crates/feedback-bert" }' ;;
    feedback-pipeline) extra='tempfile = "3"
feedback-bert = { path = "'$root'/crates/feedback-bert" }' ;;
    feedback-studies) extra='tempfile = "3"
feedback-bert = { path = "'$root'/crates/feedback-bert" }
feedback-pipeline = { path = "'$root'/crates/feedback-pipeline" }' ;;
    feedback-multilabel) extra='feedback-dataset = { path = "'$root'/crates/feedback-dataset" }
feedback-pipeline = { path = "'$root'/crates/feedback-pipeline" }' ;;
    feedback-compare | feedback-pretrain) extra='tempfile = "3"
feedback-bert = { path = "'$root'/crates/feedback-bert" }
feedback-pipeline = { path = "'$root'/crates/feedback-pipeline" }' ;;
    feedback-cli) extra='clap = "4"
fs-err = "3"
tempfile = "3"' ;;
    feedback-server) extra='axum = { version = "0.8", default-features = false }
tempfile = "3"
tokio = { version = "1", features = ["macros", "rt"] }
tower = { version = "0.5", features = ["util"] }
feedback-bert = { path = "'$root'/crates/feedback-bert" }
feedback-inference = { path = "'$root'/crates/feedback-inference" }
feedback-testkit = { path = "'$root'/crates/feedback-testkit" }' ;;
    feedback-report) extra='feedback-insight = { path = "'$root'/crates/feedback-insight" }' ;;
    *) extra='' ;;
  esac
  cat >"$project/Cargo.toml" <<TOML
[package]
name = "alone"
version = "0.0.0"
edition = "2024"

[dependencies]
$crate = { path = "$root/crates/$crate" }
$extra

[profile.dev]
opt-level = 1
debug = false

[workspace]
TOML
  cp "$root/Cargo.lock" "$project/Cargo.lock"
  # The first code block of the crate page; hidden lines lose their `# `.
  awk '/^\/\/! ```$/ { if (inside) exit; inside = 1; next } inside' "$root/crates/$crate/src/lib.rs" |
    sed -E 's,^//! ?,,; s,^# ,,' >"$work/example.rs"
  if grep -q 'fn main' "$work/example.rs"; then
    cp "$work/example.rs" "$project/src/main.rs"
  else
    { echo 'fn main() -> Result<(), Box<dyn std::error::Error>> {'
      grep -v '^Ok::<' "$work/example.rs"
      echo '    Ok(())'
      echo '}'; } >"$project/src/main.rs"
  fi
  echo "-- $crate"
  (cd "$project" && cargo run --quiet)
  case $crate in
    feedback-files | feedback-text | feedback-clean | feedback-builtin | feedback-dataset | feedback-formats | feedback-metrics | feedback-drift | feedback-drivers | feedback-baselines | feedback-inspect | feedback-insight | feedback-report | feedback-vectors | feedback-shards | feedback-hub | feedback-corrections | feedback-triage | feedback-store)
      if (cd "$project" && cargo tree --edges normal --prefix none) | grep -q '^burn'; then
        echo "$crate depends on Burn"
        exit 1
      fi ;;
  esac
  echo "   builds and runs outside the workspace"
done
