//! `cargo run --release --bin split -- --input fixtures/feedback.jsonl --output-dir data/split`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::split::run)
}
