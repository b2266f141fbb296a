//! `cargo run --release --bin insight -- reviews.csv`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedback_cli::program::run(feedback_cli::commands::insight::run)
}
