//! `cargo run --release --bin evaluate -- --model models/feedback_classifier --data data/split/test.jsonl`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::evaluate::run)
}
