//! `cargo run --release --bin pretrain -- --input texts.txt --model path/to/all-MiniLM-L6-v2`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::pretrain::run)
}
