//! `cargo run --release --bin compare -- --train data/split/train.jsonl --test data/split/test.jsonl --model models/feedback_classifier`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::compare::run)
}
